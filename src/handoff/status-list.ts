import { createCipheriv } from 'node:crypto'
import { deflateSync, inflateSync } from 'node:zlib'

/** Statuses of the Token Status List (draft-ietf-oauth-status-list): 2 bits each. */
export const STATUS = { valid: 0, invalid: 1, suspended: 2 } as const
export type Status = (typeof STATUS)[keyof typeof STATUS]

export type StatusBits = 1 | 2 | 4 | 8
const MAX_BYTES = 8 * 1024 * 1024

/** Packs statuses, the first in the lowest bits, and compresses them (zlib, base64url). */
export const encodeStatuses = (statuses: Uint8Array, bits: StatusBits): string => {
  const perByte = 8 / bits
  const packed = new Uint8Array(Math.ceil(statuses.length / perByte))
  for (const [index, status] of statuses.entries()) {
    if (status >= 2 ** bits) throw new RangeError(`status ${status} has more than ${bits} bits`)
    const byte = Math.floor(index / perByte)
    packed[byte] = (packed[byte] ?? 0) | (status << ((index % perByte) * bits))
  }
  return deflateSync(packed, { level: 9 }).toString('base64url')
}

/** One status of an encoded list. Null when the list is broken or has no such index. */
export const statusAt = (lst: string, bits: StatusBits, index: number): number | null => {
  let packed: Buffer
  try {
    packed = inflateSync(Buffer.from(lst, 'base64url'), { maxOutputLength: MAX_BYTES })
  } catch {
    return null
  }
  const perByte = 8 / bits
  const byte = packed[Math.floor(index / perByte)]
  if (!Number.isInteger(index) || index < 0 || byte === undefined) return null
  return (byte >> ((index % perByte) * bits)) & (2 ** bits - 1)
}

/** Entries of a list, permits that have a place in one, and the rest: places that belong to nobody. */
export const LIST_SIZE = 2 ** 17
export const LIST_PERMITS = 98_304

/** Shares of the decoys that show as ended: always, and more as the list fills. */
const DECOYS_AT_FIRST = 0.02
const DECOYS_BY_FILL = 0.7
const SUSPENDED_OF_256 = 20

/** The order of places in one list: a permutation that only the holder of the secret can know. */
export interface ListOrder {
  readonly list: number
  /** Place number to index. The places from LIST_PERMITS on are decoys. */
  readonly indexes: Uint32Array
  /** Of each decoy: below this share of filling it shows as valid. */
  readonly draws: Float64Array
  readonly kinds: Uint8Array
}

const WORD = 2 ** 32

/** A list's order, the same for the same secret (32 bytes). About 10 ms: keep it. */
export const listOrderOf = (secret: Buffer, list: number): ListOrder => {
  const counter = Buffer.alloc(16)
  counter.writeUInt32BE(list, 0)
  const cipher = createCipheriv('aes-256-ctr', secret, counter)
  const decoys = LIST_SIZE - LIST_PERMITS
  const stream = cipher.update(Buffer.alloc(4 * (LIST_SIZE + decoys) + decoys))
  const indexes = Uint32Array.from({ length: LIST_SIZE }, (_, index) => index)
  for (let last = LIST_SIZE - 1; last > 0; last -= 1) {
    const other = Math.floor((stream.readUInt32BE(4 * last) / WORD) * (last + 1))
    const moved = indexes[last] ?? 0
    indexes[last] = indexes[other] ?? 0
    indexes[other] = moved
  }
  const draws = Float64Array.from(
    { length: decoys },
    (_, decoy) => stream.readUInt32BE(4 * (LIST_SIZE + decoy)) / WORD,
  )
  return { list, indexes, draws, kinds: stream.subarray(4 * (LIST_SIZE + decoys)) }
}

/** Which list the n-th permit of the hub is in (from 0), and its place there. */
export const placeOfPermit = (n: number): { list: number; place: number } => ({
  list: Math.floor(n / LIST_PERMITS),
  place: n % LIST_PERMITS,
})

/** A permit of the list that no longer stands as it was issued. */
export interface EndedPermit {
  readonly place: number
  readonly status: Status
}

/** All statuses of a list. `used`: how many of its places have been given out. Decoys never go back. */
export const statusesOf = (
  order: ListOrder,
  ended: readonly EndedPermit[],
  used: number,
): Uint8Array => {
  const statuses = new Uint8Array(LIST_SIZE)
  const share = DECOYS_AT_FIRST + DECOYS_BY_FILL * Math.min(1, used / LIST_PERMITS)
  for (const [decoy, draw] of order.draws.entries()) {
    if (draw >= share) continue
    const index = order.indexes[LIST_PERMITS + decoy] ?? 0
    const isSuspended = (order.kinds[decoy] ?? 0) < SUSPENDED_OF_256
    statuses[index] = isSuspended ? STATUS.suspended : STATUS.invalid
  }
  for (const { place, status } of ended) statuses[order.indexes[place] ?? 0] = status
  return statuses
}
