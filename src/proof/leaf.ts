/**
 * A leaf of the audit tree, as whoever checks it reads it. What a leaf is made of, and of what its
 * digests and salts, `services/audit/leaf.ts` says.
 */
import canonicalize from 'canonicalize'
import { toBase64Url, utf8Bytes } from './bytes.ts'
import { webSha256, type Sha256 } from './hash.ts'

export interface Leaf {
  readonly v: 1
  readonly t: string
  readonly typ: string
  readonly res: string
  readonly svc: string
  readonly _sd_alg: 'sha-256'
  readonly _sd: readonly string[]
}

export interface Opened {
  readonly name: string
  readonly value: unknown
}

/** An agency's own number for the entry. */
export const feedName = (agency: string): string => `aseq.${agency}`
/** Each agency's own name for the case: no two can find out by it that they know the same person. */
export const subjectName = (agency: string): string => `subject.${agency}`

const MEMBERS = ['_sd', '_sd_alg', 'res', 'svc', 't', 'typ', 'v']

/** Reads a leaf. Null unless it is one, written canonically. */
export function parseLeaf(leaf: string): Leaf | null {
  try {
    const parsed = JSON.parse(leaf) as Leaf
    const isLeaf =
      Object.keys(parsed).join() === MEMBERS.join() &&
      parsed.v === 1 &&
      parsed._sd_alg === 'sha-256' &&
      [parsed.t, parsed.typ, parsed.res, parsed.svc].every((part) => typeof part === 'string') &&
      Array.isArray(parsed._sd) &&
      parsed._sd.every((digest) => typeof digest === 'string')
    return isLeaf && canonicalize(parsed) === leaf ? parsed : null
  } catch {
    return null
  }
}

/** What a disclosure opens in a leaf; null when it does not belong to the leaf. Never rejects. */
export async function verifyDisclosure(
  leaf: string | Leaf,
  disclosure: string,
  sha256: Sha256 = webSha256,
): Promise<Opened | null> {
  const parsed = typeof leaf === 'string' ? parseLeaf(leaf) : leaf
  if (parsed === null || !disclosure.isWellFormed()) return null
  const digest = toBase64Url(await sha256(utf8Bytes(disclosure)))
  if (!parsed._sd.includes(digest)) return null
  try {
    const [salt, name, value, ...more] = JSON.parse(disclosure) as unknown[]
    if (typeof salt !== 'string' || typeof name !== 'string' || more.length > 0) return null
    return canonicalize([salt, name, value]) === disclosure ? { name, value } : null
  } catch {
    return null
  }
}
