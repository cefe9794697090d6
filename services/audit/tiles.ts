/**
 * The tree cut into tiles of 256 hashes, as C2SP tlog-tiles describes: hash `i` of tile level `L`
 * is the root of complete subtree `i` of tree level `8 * L`; a tile holds 256 neighbours of one
 * level. Full tiles never change and are stored. The rest, fewer than 256 hashes a level, is read
 * from what lies below: leaf hashes at tile level 0, roots of full tiles above it.
 */
import {
  completeSubtrees,
  EMPTY_ROOT,
  foldRoots,
  HASH_BYTES,
  nodeHash,
  type Node,
  type NodeSource,
} from './merkle.ts'

export const TILE_WIDTH = 256
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES
const TILE_HEIGHT = 8

/** A full tile: hashes [index * 256, (index + 1) * 256) of its tile level. */
export interface Tile {
  readonly level: number
  readonly index: number
}

export interface FullTile extends Tile {
  /** 256 hashes end to end, 8,192 bytes. */
  readonly hashes: Uint8Array
  /** The root over them: hash `index` of the next tile level. */
  readonly root: Uint8Array
}

/** Hashes [first, first + count) of a tile level, all in one tile that is not full. */
export interface PartialTile {
  readonly level: number
  readonly first: number
  readonly count: number
}

/** Both MUST answer in the order asked, hashes end to end, with no byte more or less. */
export interface TileSource {
  readonly full: (tiles: readonly Tile[]) => Promise<readonly Uint8Array[]>
  readonly partial: (tiles: readonly PartialTile[]) => Promise<readonly Uint8Array[]>
}

/** How many hashes a tile level has in a tree of `size` leaves. */
const width = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/** The tiles that become full when a tree grows from one size to another, lower levels first. */
export function completedTiles(from: number, to: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0; width(level + 1, to) > 0; level++) {
    for (let index = width(level + 1, from); index < width(level + 1, to); index++) {
      tiles.push({ level, index })
    }
  }
  return tiles
}

/** The tiles at the right edge of a tree of `size` leaves that have hashes and are not full. */
export function partialTiles(size: number): PartialTile[] {
  const tiles: PartialTile[] = []
  for (let level = 0; width(level, size) > 0; level++) {
    const count = width(level, size) % TILE_WIDTH
    if (count > 0) tiles.push({ level, first: width(level, size) - count, count })
  }
  return tiles
}

/** The root of a complete subtree over its hashes, whose number MUST be a power of two. */
function subtreeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      nodeHash(level[2 * i] as Uint8Array, level[2 * i + 1] as Uint8Array),
    )
  }
  return level[0] ?? EMPTY_ROOT
}

/** Throws RangeError when the bytes are not exactly `count` hashes. */
export function splitHashes(bytes: Uint8Array, count: number): Uint8Array[] {
  if (bytes.length !== count * HASH_BYTES) {
    throw new RangeError(`expected ${count} hashes, got ${bytes.length} bytes`)
  }
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}

/**
 * Answers the node hashes of a tree of `size` leaves from its tiles: at most one call of `full` and
 * one of `partial` for all the nodes of a proof, each tile once. The source may hold a larger tree.
 */
export function tileNodes(size: number, source: TileSource): NodeSource {
  return async (nodes) => {
    const full = new Map<string, Tile>()
    const partial = new Map<string, PartialTile>()
    const edges = new Map(partialTiles(size).map((tile) => [tile.level, tile]))
    const keys = nodes.map((node) => {
      const { level, first } = placeOf(node)
      const index = Math.floor(first / TILE_WIDTH)
      const key = `${level}/${index}`
      const edge = edges.get(level)
      if (edge !== undefined && edge.first === index * TILE_WIDTH) partial.set(key, edge)
      else full.set(key, { level, index })
      return key
    })
    const [fullBytes, partialBytes] = await Promise.all([
      full.size > 0 ? source.full([...full.values()]) : [],
      partial.size > 0 ? source.partial([...partial.values()]) : [],
    ])
    const hashes = new Map<string, Uint8Array[]>()
    ;[...full.keys()].forEach((key, i) => {
      hashes.set(key, splitHashes(fullBytes[i] as Uint8Array, TILE_WIDTH))
    })
    ;[...partial].forEach(([key, tile], i) => {
      hashes.set(key, splitHashes(partialBytes[i] as Uint8Array, tile.count))
    })
    return nodes.map((node, i) => {
      const { first, count } = placeOf(node)
      const at = first % TILE_WIDTH
      const part = (hashes.get(keys[i] as string) as Uint8Array[]).slice(at, at + count)
      if (part.length !== count) throw new RangeError(`node past a tree of size ${size}`)
      return subtreeRoot(part)
    })
  }
}

/** The hashes of one tile level under a node: `count` of them from `first`. */
function placeOf({ level, index }: Node): PartialTile {
  const count = 2 ** (level % TILE_HEIGHT)
  return { level: Math.floor(level / TILE_HEIGHT), first: index * count, count }
}

/** Grows a tree leaf by leaf, gives out each tile as it becomes full, holds nothing but the rest. */
export class TileBuilder {
  #size: number
  /** By tile level: the hashes of the tile that is not full. */
  readonly #rest: Uint8Array[][]
  #full: FullTile[] = []

  /** `rest` MUST hold the hashes that `partialTiles(size)` names, in that order. */
  constructor(size = 0, rest: readonly Uint8Array[] = []) {
    this.#size = size
    const levels = partialTiles(size).at(-1)?.level ?? -1
    this.#rest = Array.from({ length: levels + 1 }, () => [])
    partialTiles(size).forEach(({ level, count }, i) => {
      this.#rest[level] = splitHashes(rest[i] ?? new Uint8Array(), count)
    })
  }

  static async load(size: number, source: TileSource): Promise<TileBuilder> {
    const tiles = partialTiles(size)
    return new TileBuilder(size, tiles.length > 0 ? await source.partial(tiles) : [])
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Uint8Array): void {
    this.#size++
    let hash = leaf
    for (let level = 0; ; level++) {
      const rest = (this.#rest[level] ??= [])
      rest.push(hash)
      if (rest.length < TILE_WIDTH) return
      const root = subtreeRoot(rest)
      const index = width(level + 1, this.#size) - 1
      this.#full.push({ level, index, hashes: Buffer.concat(rest), root })
      this.#rest[level] = []
      hash = root
    }
  }

  root(): Uint8Array {
    const roots = this.#rest.map((hashes) =>
      completeSubtrees({ begin: 0, end: hashes.length }).map(({ level, index }) =>
        subtreeRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      ),
    )
    return foldRoots(roots.reverse().flat())
  }

  /** The tiles that became full since the last call, in the order of `completedTiles`' sizes. */
  takeFull(): FullTile[] {
    const full = this.#full
    this.#full = []
    return full
  }
}
