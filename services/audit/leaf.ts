/**
 * One journal entry as a leaf of the tree. A leaf says when, what kind and how it ended; everything
 * else is there as salted digests, in the manner of SD-JWT (RFC 9901), and is opened one by one:
 *
 *     leaf       = JCS({ v: 1, t, typ, res, svc, _sd_alg: 'sha-256', _sd: [digest, …] })
 *     disclosure = JCS([salt, name, value])        digest = base64url(SHA-256(disclosure))
 *
 * Digests are sorted and padded with decoys, so that neither their order nor their number tells
 * anything. Salts and decoys derive from one secret per entry: whoever erases the secret and the
 * values leaves every proof as it was and nothing to test a guess against. The numbers in the feeds
 * tell nothing of a person; their salts derive from a second secret that outlives an erasure, so
 * that a missing entry shows even among erased ones.
 */
import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { feedName, subjectName, type Leaf } from '../../src/proof/leaf.ts'
import { leafHash } from './merkle.ts'

export const SECRET_BYTES = 32

export interface LeafEntry {
  readonly id: string
  /** UTC to the millisecond, as in `2026-11-24T02:18:51.123Z`. */
  readonly at: string
  /** `<service>.<noun>.<verb-past>.v<n>` */
  readonly type: string
  readonly outcome: string
  readonly agency: string | null
  readonly actor: string | null
  readonly subject: string | null
  readonly object: string | null
  readonly purpose: string | null
  readonly categories: readonly string[] | null
  readonly reason: string | null
  /** MUST be what JSON can say. */
  readonly data: unknown
}

/** An agency concerned: the entry's number in its feed, and the case as that agency knows it. */
export interface Concern {
  readonly agency: string
  readonly n: number
  /** The case's id for its owner, a pseudonym of its own for anybody else; null without a case. */
  readonly subject: string | null
}

const BLOCK_BYTES = 64
const SALT_BYTES = 16
const MAX_NAME_BYTES = 64

/** Names of what an agency concerned may be shown whoever acted. */
const SHARED = ['entry', 'agency', 'object', 'purpose', 'categories', 'reason', 'data'] as const

/**
 * HMAC-SHA-256 under one key, as Latin-1 text of 32 characters. Keying once and hashing in one shot
 * takes a third of the time of createHmac, and this is most of what a leaf costs.
 */
function keyedMac(secret: Uint8Array): (name: string) => string {
  if (secret.length !== SECRET_BYTES) throw new RangeError('a leaf secret has 32 bytes')
  const inner = Buffer.alloc(BLOCK_BYTES + MAX_NAME_BYTES, 0x36)
  const outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c)
  secret.forEach((byte, i) => {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  })
  return (name) => {
    if (name.length > MAX_NAME_BYTES) throw new RangeError('a name has at most 64 bytes')
    const end = BLOCK_BYTES + inner.write(name, BLOCK_BYTES, 'latin1')
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', outer, 'binary')
  }
}

/** JCS([salt, name, value]); the salt is the first 128 bits of the MAC of the name. */
function disclosureOf(mac: (name: string) => string, name: string, value: unknown): string {
  const salt = Buffer.from(mac(name).slice(0, SALT_BYTES), 'latin1').toString('base64url')
  return `["${salt}","${name}",${canonicalize(value)}]`
}

const digestOf = (disclosure: string): string => hash('sha256', disclosure, 'base64url')

/** Nothing is disclosed, not even its absence, where there is nothing to say. */
const isPresent = (value: unknown): boolean =>
  value !== null && value !== undefined && !(typeof value === 'object' && isEmpty(value))
const isEmpty = (value: object): boolean => {
  for (const _key in value) return false
  return true
}

const valueOf = (entry: Omit<LeafEntry, 'subject'>, name: (typeof SHARED)[number]): unknown =>
  name === 'entry' ? entry.id : entry[name]

/** 8, 16 and then multiples of 16. */
const paddedLength = (count: number): number => (count <= 8 ? 8 : Math.ceil(count / 16) * 16)

/** 32 random bytes each, of one entry alone. */
export interface LeafSecrets {
  readonly content: Uint8Array
  readonly numbers: Uint8Array
}

/** The leaf of an entry and its hash. The same arguments give the same leaf. */
export function makeLeaf(
  entry: LeafEntry,
  concerns: readonly Concern[],
  secrets: LeafSecrets,
): { leaf: string; hash: Buffer } {
  const mac = keyedMac(secrets.content)
  const numberMac = keyedMac(secrets.numbers)
  const digests: string[] = []
  const add = (name: string, value: unknown) => {
    if (isPresent(value)) digests.push(digestOf(disclosureOf(mac, name, value)))
  }
  for (const name of SHARED) add(name, valueOf(entry, name))
  add('actor', entry.actor)
  for (const { agency, n, subject } of concerns) {
    digests.push(digestOf(disclosureOf(numberMac, feedName(agency), n)))
    add(subjectName(agency), subject)
  }
  const length = paddedLength(digests.length)
  for (let i = digests.length; i < length; i++) {
    digests.push(hash('sha256', Buffer.from(mac(`decoy${i}`), 'latin1'), 'base64url'))
  }
  const leaf = canonicalLeaf({
    v: 1,
    t: entry.at,
    typ: entry.type,
    res: entry.outcome,
    svc: entry.type.slice(0, entry.type.indexOf('.')),
    _sd_alg: 'sha-256',
    _sd: digests.sort(),
  })
  return { leaf, hash: leafHash(leaf) }
}

/** JCS of a leaf: its members in the order of their names, and nothing that JSON would escape. */
function canonicalLeaf({ _sd, _sd_alg, res, svc, t, typ, v }: Leaf): string {
  return `{"_sd":["${_sd.join('","')}"],${JSON.stringify({ _sd_alg, res, svc, t, typ, v }).slice(1)}`
}

/** The disclosure of an agency's own number, which it may be shown for ever. */
export const discloseNumber = (
  { agency, n }: Pick<Concern, 'agency' | 'n'>,
  secret: Uint8Array,
): string => disclosureOf(keyedMac(secret), feedName(agency), n)

/**
 * What one agency may be shown of an entry that concerns it beside its number: its own name for the
 * case and the content, but of who acted only its own people.
 */
export function discloseEntry(
  entry: Omit<LeafEntry, 'subject'>,
  { agency, subject }: Pick<Concern, 'agency' | 'subject'>,
  secret: Uint8Array,
): string[] {
  const mac = keyedMac(secret)
  const disclosures = SHARED.filter((name) => isPresent(valueOf(entry, name))).map((name) =>
    disclosureOf(mac, name, valueOf(entry, name)),
  )
  if (entry.agency === agency && isPresent(entry.actor)) {
    disclosures.push(disclosureOf(mac, 'actor', entry.actor))
  }
  if (subject !== null) disclosures.push(disclosureOf(mac, subjectName(agency), subject))
  return disclosures
}
