import { concat, utf8Bytes } from './bytes.ts'

/**
 * SHA-256, 32 bytes. May answer at once: Node.js has a hash that does, and is then several times
 * faster than WebCrypto with its promise for each hash.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** The SHA-256 that browsers and Node.js both have. */
export const webSha256: Sha256 = async (data) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>))

export const HASH_BYTES = 32

const LEAF_PREFIX = new Uint8Array([0])
const NODE_PREFIX = new Uint8Array([1])

/** SHA-256(0x00 || data), RFC 6962 section 2.1. Text is hashed as UTF-8. */
export const hashLeaf = async (sha256: Sha256, data: string | Uint8Array): Promise<Uint8Array> =>
  await sha256(concat(LEAF_PREFIX, typeof data === 'string' ? utf8Bytes(data) : data))

/** SHA-256(0x01 || left || right). */
export const hashNode = async (
  sha256: Sha256,
  left: Uint8Array,
  right: Uint8Array,
): Promise<Uint8Array> => await sha256(concat(NODE_PREFIX, left, right))
