import { AckPolicy, connect, DeliverPolicy, nkeys } from 'nats'
import { serverOf } from './server.ts'
import { ensureStream } from './streams.ts'

/**
 * Accounts of a nats-server that agencies attach to: each reads its own subjects, and nothing else.
 * An agency's account has two doors into the hub's: asking its own consumer for messages, and
 * acknowledging them.
 */
export interface AgencyAccount {
  readonly agency: string
  /** Public nkey of its user (`U…`); the seed never leaves the agency and the folder it was made in. */
  readonly publicKey: string
}

export interface ServerOptions {
  /** host:port. MUST have TLS when it is not loopback. */
  readonly listen: string
  readonly tls: { readonly cert: string; readonly key: string } | null
  readonly storeDir: string
  readonly hub: { readonly user: string; readonly password: string }
  readonly agencies: readonly AgencyAccount[]
}

const text = JSON.stringify

/** Durable consumer of an agency on the stream AGENCY. */
export const consumerOf = (agency: string): string => `agency-${agency}`

/** Where an agency's program asks for messages. */
export const nextSubjectOf = (agency: string): string =>
  `$JS.API.CONSUMER.MSG.NEXT.AGENCY.${consumerOf(agency)}`

/** How an agency's program names its inboxes, so that nobody else's can be read. */
export const inboxOf = (agency: string): string => `_INBOX_${agency}`

/** Servers from 2.15 on may put a domain and an account hash between `ACK` and the stream. */
const ackSubjectsOf = (agency: string): readonly string[] => [
  `$JS.ACK.AGENCY.${consumerOf(agency)}.>`,
  `$JS.ACK.*.*.AGENCY.${consumerOf(agency)}.>`,
]

const accountOf = (agency: string): string => `AGENCY_${agency.replaceAll('-', '').toUpperCase()}`

const exportsOf = ({ agency }: AgencyAccount): string[] => [
  `{ service: ${text(nextSubjectOf(agency))}, response: stream, accounts: [${accountOf(agency)}] }`,
  ...ackSubjectsOf(agency).map(
    (subject) => `{ service: ${text(subject)}, accounts: [${accountOf(agency)}] }`,
  ),
]

const agencyBlock = ({ agency, publicKey }: AgencyAccount): string => {
  const subjects = [nextSubjectOf(agency), ...ackSubjectsOf(agency)]
  const imports = subjects.map(
    (subject) => `{ service: { account: HUB, subject: ${text(subject)} } }`,
  )
  return `  ${accountOf(agency)} {
    users: [ { nkey: ${publicKey}, permissions: {
      publish: { allow: ${text(subjects)} }
      subscribe: { allow: ${text([`${inboxOf(agency)}.>`])} }
    } } ]
    imports: [
      ${imports.join('\n      ')}
    ]
  }`
}

/**
 * The whole configuration file. Every user stands inside an account: with `authorization` beside
 * `accounts`, servers before 2.9.23 let anybody in (CVE-2023-47090). No monitoring port.
 */
export const serverConfig = (options: ServerOptions): string => {
  const { listen, tls, storeDir, hub, agencies } = options
  const tlsBlock =
    tls === null ? '' : `tls { cert_file: ${text(tls.cert)}, key_file: ${text(tls.key)} }\n`
  return `server_name: titian
listen: ${text(listen)}
${tlsBlock}jetstream { store_dir: ${text(storeDir)} }
accounts {
  HUB {
    jetstream: enabled
    users: [ { user: ${text(hub.user)}, password: ${text(hub.password)} } ]
    exports: [
      ${agencies.flatMap(exportsOf).join('\n      ')}
    ]
  }
${agencies.map(agencyBlock).join('\n')}
  SYS {}
}
system_account: SYS
`
}

export interface UserKey {
  readonly publicKey: string
  /** `SU…`: whoever has it is the agency. */
  readonly seed: string
}

const decoder = new TextDecoder()

export const createUserKey = (): UserKey => {
  const pair = nkeys.createUser()
  return { publicKey: pair.getPublicKey(), seed: decoder.decode(pair.getSeed()) }
}

export const publicKeyOf = (seed: string): string =>
  nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()

/** Makes the consumers that the accounts read from; those that are there stay. */
export const ensureConsumers = async (
  natsUrl: string,
  agencies: readonly string[],
): Promise<void> => {
  const nc = await connect({ ...serverOf(natsUrl), maxReconnectAttempts: 0 })
  try {
    const jsm = await nc.jetstreamManager({ checkAPI: false })
    await ensureStream(jsm, 'AGENCY')
    for (const agency of agencies) {
      await jsm.consumers.add('AGENCY', {
        durable_name: consumerOf(agency),
        filter_subject: `agency.${agency}.>`,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        max_ack_pending: 256,
        max_deliver: -1,
      })
    }
  } finally {
    await nc.close()
  }
}
