import { createPrivateKey, randomBytes, sign, type JsonWebKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { agencyKeyOf } from '../../src/agency-key.ts'
import {
  MANIFEST_TYPE,
  STATEMENT_TYPE,
  STATUS_LIST_TYPE,
  type HandoffProof,
  type StatementClaims,
} from '../../src/contracts/handoff.ts'
import { permitAudienceOf, statementNameOf } from '../../src/contracts/permit.ts'
import { digestOf, manifestText, sealedPartOf } from '../../src/handoff/manifest.ts'
import { encodeStatuses, LIST_SIZE, placeOfPermit } from '../../src/handoff/status-list.ts'
import type { Trust } from '../../src/handoff/verify.ts'
import { newId } from '../../src/id.ts'
import type { Keys, SigningKey } from '../../src/keys.ts'
import { permitClaims, pseudonymOf, statusOrderOf, type PermitFacts } from '../../src/permits.ts'

export const HUB = 'https://hub.example'

/** A JWS with any header and any payload, by any key. */
export const forge = (
  header: object,
  payload: object | string,
  by: Pick<SigningKey, 'privateJwk'>,
): string => {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const signed = `${encode(JSON.stringify(header))}.${encode(text)}`
  const key = createPrivateKey({ key: by.privateJwk as JsonWebKey, format: 'jwk' })
  const mac = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${mac.toString('base64url')}`
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same bytes in another spelling: its last letter has bits that nobody reads (RFC 4648 section 3.5). */
export const respelled = (jws: string): string => {
  const bytesOf = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url')
  const other = Array.from(LETTERS, (letter) => jws.slice(0, -1) + letter).find(
    (text) => text !== jws && bytesOf(text).equals(bytesOf(jws)),
  )
  if (other === undefined) throw new Error('it has no other spelling')
  return other
}

/** A hand-off that holds, taken apart: what each document says, and who signs it. */
export interface Handoff {
  readonly facts: PermitFacts
  readonly sealed: Buffer
  readonly permit: Awaited<ReturnType<typeof permitClaims>>
  readonly statement: StatementClaims
  readonly sender: SigningKey
  readonly trust: Trust
  /** The documents; each can be given in another form. */
  proof(more?: Partial<HandoffProof>): Promise<HandoffProof>
  statusList(more?: { age?: number; ended?: number; claims?: object }): Promise<string>
}

const statementFor = (keys: Keys, facts: Pick<PermitFacts, 'case' | 'recipient' | 'sender'>) => {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: permitAudienceOf(facts.sender),
    sub: pseudonymOf(keys, facts.case, facts.recipient),
    jti: statementNameOf(newId()),
    iat: now,
    exp: now + 86_400,
    ver: 3,
    status: 'given',
    authorization_details: [
      {
        type: `${HUB}/ad/consent/v1`,
        locations: [permitAudienceOf(facts.recipient)],
        purposes: ['shelter', 'legal'],
        datatypes: ['identity', 'safety', 'legal'],
        onward: 'none',
        sensitive_exp: now + 3600,
        until_closed: true,
      },
    ],
    evidence: {
      method: 'written',
      form: { version: '1', sha256: 'a'.repeat(64) },
      lang: 'id',
      captured_by: pseudonymOf(keys, 'worker', facts.recipient),
      interpreter: false,
      guardian: null,
      assent: null,
    },
    withdrawal: `${HUB}/v1/withdrawals`,
    custody: 'hub',
    schema: 'ts27560:2023/titian-1',
  } satisfies StatementClaims
}

export const handoffOf = async (keys: Keys, more: Partial<PermitFacts> = {}): Promise<Handoff> => {
  const parties = { case: newId(), sender: newId(), recipient: newId() }
  const statement = statementFor(keys, parties)
  const statementText = JSON.stringify(statement)
  const sealed = randomBytes(2000)
  const hex = statement.jti.slice(2)
  const facts: PermitFacts = {
    ...parties,
    referral: newId(),
    actor: newId(),
    purpose: 'shelter',
    parts: [sealedPartOf('identity', sealed), sealedPartOf('safety', randomBytes(9000))],
    basis: 'consent',
    onward: 'none',
    endsAt: '2027-02-22T23:59:59.5Z',
    statement: {
      id: [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
      ].join('-'),
      version: 3,
      digest: digestOf(statementText).slice('sha-256:'.length),
    },
    entry: newId(),
    number: 4711,
    issuedAt: new Date(),
    ...more,
  }
  const sender = await agencyKeyOf(keys, parties.sender)
  const permit = await permitClaims(keys, HUB, facts)
  const { uri, idx } = permit.status.status_list
  const statusList: Handoff['statusList'] = async ({ age = 0, ended, claims = {} } = {}) => {
    const all = new Uint8Array(LIST_SIZE)
    if (ended !== undefined) all[idx] = ended
    const iat = Math.floor(Date.now() / 1000) - age
    const list = { bits: 2, lst: encodeStatuses(all, 2) }
    return await new SignJWT({
      iss: HUB,
      sub: uri,
      iat,
      exp: iat + 300,
      ttl: 60,
      status_list: list,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', typ: STATUS_LIST_TYPE, kid: keys.permits.kid })
      .sign(keys.permits.privateKey)
  }
  const { referral, recipient, parts } = facts
  const manifest = manifestText({
    referral,
    sender: parties.sender,
    recipient,
    parts,
    statementDigest: facts.statement?.digest ?? null,
  })
  return {
    facts,
    sealed,
    permit,
    statement,
    sender,
    statusList,
    trust: {
      hubKeys: { keys: [keys.permits.publicJwk] },
      agencyKeys: (name) => (name === permit.act.sub ? { keys: [sender.publicJwk] } : undefined),
    },
    proof: async (changed = {}) => ({
      permit: forge(
        { alg: 'ES256', typ: 'handoff-permit+jwt', kid: keys.permits.kid },
        permit,
        keys.permits,
      ),
      manifest: forge({ alg: 'ES256', typ: MANIFEST_TYPE, kid: sender.kid }, manifest, sender),
      statement: forge(
        { alg: 'ES256', typ: STATEMENT_TYPE, kid: sender.kid },
        statementText,
        sender,
      ),
      status: await statusList(),
      ...changed,
    }),
  }
}

export const orderIndexOf = (keys: Keys, number: number): number => {
  const { list, place } = placeOfPermit(number)
  return statusOrderOf(keys, list).indexes[place] ?? -1
}
