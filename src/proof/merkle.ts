/**
 * Proofs of RFC 6962, checked as in RFC 9162 sections 2.1.3.2 and 2.1.4.2. Sizes and indexes are
 * integers from 0 to 2^53 - 1, so halving is done by division. A hash is a Uint8Array of 32 bytes.
 */
import { isEqual, latin1 } from './bytes.ts'
import { HASH_BYTES, hashNode, webSha256, type Sha256 } from './hash.ts'

/** Joins two nodes. MUST give SHA-256(0x01 || left || right). */
export type Join = (left: Uint8Array, right: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Joins each pair once: proofs of one tree share most of their nodes. Compares whole hashes. */
export const rememberJoins = (sha256: Sha256 = webSha256): Join => {
  const known = new Map<string, Uint8Array>()
  return async (left, right) => {
    const key = latin1(left) + latin1(right)
    const found = known.get(key)
    if (found !== undefined) return found
    const made = await hashNode(sha256, left, right)
    known.set(key, made)
    return made
  }
}

const plainJoin: Join = (left, right) => hashNode(webSha256, left, right)

/**
 * Whether the proof shows that `leaf` (a leaf hash) is at `index` in the tree of `size` leaves with
 * that root. Never rejects; an index outside the tree and a proof of any other than the exact length
 * are refused.
 */
export async function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  join: Join = plainJoin,
): Promise<boolean> {
  if (!isCount(index) || !isCount(size) || index >= size) return false
  if (![leaf, root, ...proof].every(isHash)) return false
  const sides = climb(index, size - 1, proof.length)
  if (sides === null) return false
  let computed = leaf
  for (const [i, hash] of proof.entries()) {
    computed = await (sides[i] === 'left' ? join(hash, computed) : join(computed, hash))
  }
  return isEqual(computed, root)
}

/**
 * Whether the proof shows that the tree of `size2` leaves begins with the tree of `size1`. Never
 * rejects; size1 = 0 is refused whatever size2 is, because it proves nothing.
 */
export async function verifyConsistency(
  size1: number,
  size2: number,
  root1: Uint8Array,
  root2: Uint8Array,
  proof: readonly Uint8Array[],
  join: Join = plainJoin,
): Promise<boolean> {
  if (!isCount(size1) || !isCount(size2) || size1 === 0 || size1 > size2) return false
  if (size1 === size2) return proof.length === 0 && isEqual(root1, root2)
  if (![root1, root2, ...proof].every(isHash)) return false
  let [index, last] = [size1 - 1, size2 - 1]
  while (index % 2 === 1) [index, last] = [half(index), half(last)]
  const [first, ...rest] = index === 0 ? [root1, ...proof] : proof
  const sides = climb(index, last, rest.length)
  if (first === undefined || sides === null) return false
  let [computed1, computed2] = [first, first]
  for (const [i, hash] of rest.entries()) {
    if (sides[i] === 'left') computed1 = await join(hash, computed1)
    computed2 = await (sides[i] === 'left' ? join(hash, computed2) : join(computed2, hash))
  }
  return isEqual(computed1, root1) && isEqual(computed2, root2)
}

/** The root over leaf hashes in their order, RFC 6962 section 2.1. */
export async function rootOf(
  leaves: readonly Uint8Array[],
  sha256: Sha256 = webSha256,
): Promise<Uint8Array> {
  if (leaves.length === 0) return await sha256(new Uint8Array())
  let level = [...leaves]
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Uint8Array, level[i + 1]]
      above.push(right === undefined ? left : await hashNode(sha256, left, right))
    }
    level = above
  }
  return level[0] as Uint8Array
}

/**
 * On which side each hash of a proof joins, on the way from node `index` up to the root of a tree
 * whose rightmost node of that level is `last`; null when that way has not exactly `length` steps.
 */
function climb(index: number, last: number, length: number): ('left' | 'right')[] | null {
  const sides: ('left' | 'right')[] = []
  for (let i = 0; i < length; i++) {
    if (last === 0) return null
    if (index % 2 === 1 || index === last) {
      sides.push('left')
      while (index % 2 === 0 && index !== 0) [index, last] = [half(index), half(last)]
    } else {
      sides.push('right')
    }
    ;[index, last] = [half(index), half(last)]
  }
  return last === 0 ? sides : null
}

const half = (n: number): number => Math.floor(n / 2)
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0
const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES
