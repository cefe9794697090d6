import { createHmac } from 'node:crypto'
import { SignJWT } from 'jose'
import { agencyKeyOf } from './agency-key.ts'
import type { Basis, Purpose } from './contracts/codes.ts'
import {
  permitAudienceOf,
  permitIdOf,
  PERMIT_TTL_S,
  PERMIT_TYPE,
  permitIssuerOf,
  statementNameOf,
  statusListUriOf,
  type PermitClaims,
} from './contracts/permit.ts'
import { digestOf, manifestText, signManifest, type SealedPart } from './handoff/manifest.ts'
import { listOrderOf, placeOfPermit, type ListOrder } from './handoff/status-list.ts'
import type { Keys, SigningKey } from './keys.ts'

/** A decision that a permit proves: all of it is stored, so that it can be said again. */
export interface PermitFacts {
  readonly referral: string
  readonly case: string
  readonly sender: string
  readonly recipient: string
  /** Who sent it: person or client id. Leaves the hub as a pseudonym alone. */
  readonly actor: string
  readonly purpose: Purpose
  /** What the package holds now, as sealed. */
  readonly parts: readonly SealedPart[]
  readonly basis: Basis
  readonly onward: 'none' | 'with_new_consent'
  /** When the grant ends. */
  readonly endsAt: string | Date
  /** Null on another lawful basis than consent. `digest` is of what is made out to the recipient. */
  readonly statement: {
    readonly id: string
    readonly version: number
    readonly digest: string
  } | null
  /** Journal entry of the decision. */
  readonly entry: string
  /** Which of all permits of the hub this is, from 1: its place in a status list follows from it. */
  readonly number: number
  /** `iat`: when the decision was taken, or confirmed again. */
  readonly issuedAt: string | Date
}

const PSEUDONYM_BYTES = 16
const LISTS_KEPT = 4

const secrets = new WeakMap<Keys, Buffer>()

const secretOf = (keys: Keys): Buffer => {
  const known = secrets.get(keys) ?? keys.derive('pseudonym')
  secrets.set(keys, known)
  return known
}

/** How one agency is told of a case or a person: another agency is told another name (128 bit). */
export const pseudonymOf = (keys: Keys, subject: string, agency: string): string => {
  const mac = createHmac('sha256', secretOf(keys)).update(`${subject}|${agency}`).digest()
  return `pw:${mac.subarray(0, PSEUDONYM_BYTES).toString('base64url')}`
}

const orders = new WeakMap<Keys, Map<number, ListOrder>>()

/** The order of places in a status list of this hub. */
export const statusOrderOf = (keys: Keys, list: number): ListOrder => {
  const known = orders.get(keys) ?? new Map<number, ListOrder>()
  orders.set(keys, known)
  const order = known.get(list) ?? listOrderOf(keys.derive('status-list'), list)
  known.delete(list)
  known.set(list, order)
  const [oldest] = known.keys()
  if (known.size > LISTS_KEPT && oldest !== undefined) known.delete(oldest)
  return order
}

const statusOf = (keys: Keys, publicUrl: string, number: number) => {
  const { list, place } = placeOfPermit(number)
  const idx = statusOrderOf(keys, list).indexes[place] ?? 0
  return { status_list: { idx, uri: statusListUriOf(publicUrl, list) } }
}

const manifestFactsOf = ({ referral, sender, recipient, parts, statement }: PermitFacts) => ({
  referral,
  sender,
  recipient,
  parts,
  statementDigest: statement?.digest ?? null,
})

/** The claims of a permit: the same facts give the same claims. `sender`: its key, that of now when absent. */
export const permitClaims = async (
  keys: Keys,
  publicUrl: string,
  facts: PermitFacts,
  sender?: SigningKey,
): Promise<PermitClaims> => {
  const { kid: jkt } = sender ?? (await agencyKeyOf(keys, facts.sender))
  const iat = Math.floor(new Date(facts.issuedAt).getTime() / 1000)
  const { statement } = facts
  return {
    iss: permitIssuerOf(publicUrl),
    sub: pseudonymOf(keys, facts.case, facts.recipient),
    aud: permitAudienceOf(facts.recipient),
    jti: permitIdOf(facts.referral),
    iat,
    nbf: iat,
    exp: iat + PERMIT_TTL_S,
    act: {
      sub: permitAudienceOf(facts.sender),
      act: { sub: pseudonymOf(keys, facts.actor, facts.recipient) },
    },
    authorization_details: [
      {
        type: `${publicUrl}/ad/referral/v1`,
        actions: ['receive', 'read'],
        datatypes: facts.parts.map((part) => part.category),
        purpose: facts.purpose,
        locations: [permitAudienceOf(facts.recipient)],
        basis: facts.basis,
        onward: facts.onward,
        retain_until: new Date(facts.endsAt).toISOString().slice(0, 10),
      },
    ],
    ...(statement === null
      ? {}
      : {
          cst: {
            jti: statementNameOf(statement.id),
            ver: statement.version,
            dig: `sha-256:${statement.digest}`,
          },
        }),
    cnf: { jkt },
    htd: digestOf(manifestText(manifestFactsOf(facts))),
    status: statusOf(keys, publicUrl, facts.number),
    txn: facts.entry,
  }
}

export interface SignedHandoff {
  readonly permit: string
  readonly manifest: string
}

/**
 * Signs the proof of a hand-off that Postgres admitted: the hub's permit, and the sender's manifest
 * that it cites. MUST NOT be called before that transaction has committed.
 */
export const signHandoff = async (
  keys: Keys,
  publicUrl: string,
  facts: PermitFacts,
): Promise<SignedHandoff> => {
  // One key for both, also where it is replaced at this moment.
  const sender = await agencyKeyOf(keys, facts.sender)
  const { kid, privateKey } = keys.permits
  return {
    manifest: await signManifest(sender, manifestFactsOf(facts)),
    permit: await new SignJWT({ ...(await permitClaims(keys, publicUrl, facts, sender)) })
      .setProtectedHeader({ alg: 'ES256', typ: PERMIT_TYPE, kid })
      .sign(privateKey),
  }
}
