/**
 * The Merkle hash tree of RFC 6962 section 2.1, over SHA-256.
 *
 * Sizes and indexes are integers from 0 to 2^53 - 1, so halving is done by division: the bit
 * operators of the language stop at 32 bits. A hash is a Uint8Array of 32 bytes.
 */
import { hash } from 'node:crypto'

export const HASH_BYTES = 32

/** A complete subtree: it spans the leaves [index * 2^level, (index + 1) * 2^level). */
export interface Node {
  readonly level: number
  readonly index: number
}

/** MUST return one hash per node asked for, in the order asked. */
export type NodeSource = (nodes: readonly Node[]) => Promise<readonly Uint8Array[]>

/** The leaves [begin, end) of a tree: a complete subtree, or one cut by the tree's right edge. */
export interface Range {
  readonly begin: number
  readonly end: number
}

const LEAF_PREFIX = Buffer.from([0])
const NODE_PREFIX = Buffer.from([1])

/** SHA-256 to bytes. Going by way of text costs a third of what the 'buffer' encoding does. */
const sha256 = (data: string | Uint8Array): Buffer =>
  Buffer.from(hash('sha256', data, 'hex'), 'hex')

/** The root of the tree of no leaves. */
export const EMPTY_ROOT: Uint8Array = sha256('')

/** SHA-256(0x00 || data). Text is hashed as UTF-8. */
export function leafHash(data: string | Uint8Array): Buffer {
  return sha256(typeof data === 'string' ? `\0${data}` : Buffer.concat([LEAF_PREFIX, data]))
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([NODE_PREFIX, left, right]))
}

/** The fewest complete subtrees that make up a range, left to right. */
export function completeSubtrees({ begin, end }: Range): Node[] {
  const nodes: Node[] = []
  for (let at = begin; at < end;) {
    let level = 0
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++
    nodes.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return nodes
}

/** Folds the roots of complete subtrees, given left to right, into the root above them. */
export function foldRoots(roots: readonly Uint8Array[]): Uint8Array {
  const last = roots.at(-1)
  if (last === undefined) return EMPTY_ROOT
  return roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
}

/**
 * A tree reduced to what appending needs: its size and the roots of its complete subtrees, at most
 * 53 hashes. Appending costs two hashes on average.
 */
export class CompactRange {
  #size = 0
  readonly #roots: Uint8Array[]

  /** MUST be given the roots that `completeSubtrees({ begin: 0, end: size })` names, in order. */
  constructor(size = 0, roots: readonly Uint8Array[] = []) {
    if (completeSubtrees({ begin: 0, end: size }).length !== roots.length) {
      throw new RangeError(`a tree of size ${size} has a different number of complete subtrees`)
    }
    this.#size = size
    this.#roots = [...roots]
  }

  get size(): number {
    return this.#size
  }

  /** What the constructor takes to go on from here. */
  get roots(): readonly Uint8Array[] {
    return this.#roots
  }

  append(leaf: Uint8Array): void {
    let top = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      top = nodeHash(this.#roots.pop() as Uint8Array, top)
    }
    this.#roots.push(top)
    this.#size++
  }

  root(): Uint8Array {
    return foldRoots(this.#roots)
  }
}

/** The largest power of two smaller than n; n MUST be at least 2. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/** PATH(index, D[size]): the ranges whose hashes prove inclusion. Throws RangeError. */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!isCount(size) || !isCount(index) || index >= size) {
    throw new RangeError(`index ${index} is not in a tree of size ${size}`)
  }
  const ranges: Range[] = []
  let [begin, end] = [0, size]
  while (end - begin > 1) {
    const middle = begin + split(end - begin)
    if (index < middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  return ranges.reverse()
}

/** PROOF(size1, D[size2]): the ranges whose hashes prove consistency. Throws RangeError. */
export function consistencyRanges(size1: number, size2: number): Range[] {
  if (!isCount(size1) || !isCount(size2) || size1 === 0 || size1 > size2) {
    throw new RangeError(`no proof leads from size ${size1} to size ${size2}`)
  }
  const ranges: Range[] = []
  let [begin, end] = [0, size2]
  while (size1 !== end) {
    const middle = begin + split(end - begin)
    if (size1 <= middle) {
      ranges.push({ begin: middle, end })
      end = middle
    } else {
      ranges.push({ begin, end: middle })
      begin = middle
    }
  }
  if (begin !== 0) ranges.push({ begin, end })
  return ranges.reverse()
}

/** The hash of every range, with one call of the source. */
export async function hashRanges(
  ranges: readonly Range[],
  source: NodeSource,
): Promise<Uint8Array[]> {
  const parts = ranges.map(completeSubtrees)
  const hashes = await source(parts.flat())
  let at = 0
  return parts.map((nodes) => foldRoots(hashes.slice(at, (at += nodes.length))))
}

/** Proof that leaf `index` is in the tree of `size` leaves. Throws RangeError. */
export function proveInclusion(
  index: number,
  size: number,
  source: NodeSource,
): Promise<Uint8Array[]> {
  return hashRanges(inclusionRanges(index, size), source)
}

/** Proof that the tree of `size2` leaves begins with the tree of `size1`. Throws RangeError. */
export function proveConsistency(
  size1: number,
  size2: number,
  source: NodeSource,
): Promise<Uint8Array[]> {
  return hashRanges(consistencyRanges(size1, size2), source)
}

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0
