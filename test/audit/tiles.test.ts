// Goal: a proof made from stored tiles is the proof made from the whole tree, with few reads.
import fc from 'fast-check'
import t from 'tap'
import {
  CompactRange,
  completeSubtrees,
  leafHash,
  nodeHash,
  proveConsistency,
  proveInclusion,
} from '../../services/audit/merkle.ts'
import { verifyConsistency, verifyInclusion } from '../../src/proof/merkle.ts'
import {
  completedTiles,
  partialTiles,
  splitHashes,
  TILE_BYTES,
  tileNodes,
  TileBuilder,
  type FullTile,
  type TileSource,
} from '../../services/audit/tiles.ts'

const SIZE = 66_500
const leaf = (i: number) => leafHash(String(i))

/** What a ledger stores for `SIZE` leaves: full tiles, leaf hashes, and the root at every size. */
function stored() {
  const builder = new TileBuilder()
  const range = new CompactRange()
  const leaves: Uint8Array[] = []
  const full = new Map<string, FullTile>()
  const roots: Uint8Array[] = [range.root()]
  for (let i = 0; i < SIZE; i++) {
    leaves.push(leaf(i))
    builder.append(leaves[i]!)
    range.append(leaves[i]!)
    roots.push(range.root())
    for (const tile of builder.takeFull()) full.set(`${tile.level}/${tile.index}`, tile)
  }
  const reads = { full: 0, partial: 0, hashes: 0 }
  const source: TileSource = {
    full: async (tiles) => {
      reads.full += tiles.length
      return tiles.map(({ level, index }) => full.get(`${level}/${index}`)!.hashes)
    },
    partial: async (tiles) => {
      reads.partial += tiles.length
      return tiles.map(({ level, first, count }) => {
        reads.hashes += count
        return Buffer.concat(
          Array.from({ length: count }, (_, i) =>
            level === 0 ? leaves[first + i]! : full.get(`${level - 1}/${first + i}`)!.root,
          ),
        )
      })
    },
  }
  return { builder, full, leaves, reads, roots, source }
}
const tree = stored()

t.test('the tiles that fill are those the sizes name', async (t) => {
  t.same(
    [...tree.full.keys()].sort(),
    completedTiles(0, SIZE)
      .map(({ level, index }) => `${level}/${index}`)
      .sort(),
  )
  t.equal(completedTiles(0, 255).length, 0)
  t.same(completedTiles(255, 256), [{ level: 0, index: 0 }])
  t.same(completedTiles(65_535, 65_536), [
    { level: 0, index: 255 },
    { level: 1, index: 0 },
  ])
  t.same(completedTiles(256, 256), [])
  t.ok([...tree.full.values()].every(({ hashes }) => hashes.length === TILE_BYTES))
})

t.test('the rest of a tree is fewer than 256 hashes a level', async (t) => {
  t.same(partialTiles(0), [])
  t.same(partialTiles(256), [{ level: 1, first: 0, count: 1 }])
  t.same(partialTiles(SIZE), [
    { level: 0, first: 66_304, count: 196 },
    { level: 1, first: 256, count: 3 },
    { level: 2, first: 0, count: 1 },
  ])
  t.throws(() => splitHashes(new Uint8Array(33), 1), RangeError)
  t.throws(() => new TileBuilder(3, [new Uint8Array(64)]), RangeError)
})

t.test('a builder that resumes from storage goes on the same', async (t) => {
  t.same(tree.builder.root(), tree.roots[SIZE])
  for (const size of [0, 1, 255, 256, 257, 65_535, 65_536, 66_000]) {
    const builder = await TileBuilder.load(size, tree.source)
    t.same(builder.root(), tree.roots[size], `root at ${size}`)
    const full = []
    for (let i = size; i < SIZE; i++) {
      builder.append(tree.leaves[i]!)
      full.push(...builder.takeFull())
    }
    t.same(builder.root(), tree.roots[SIZE])
    t.equal(full.length, completedTiles(size, SIZE).length)
    t.ok(full.every((f) => tree.full.get(`${f.level}/${f.index}`)!.root.join() === f.root.join()))
  }
})

t.test('proofs from tiles verify, for any index and any two sizes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: SIZE }), fc.nat(), async (size, pick) => {
      const index = pick % size
      const nodes = tileNodes(size, tree.source)
      Object.assign(tree.reads, { full: 0, partial: 0, hashes: 0 })
      const inclusion = await proveInclusion(index, size, nodes)
      const few = tree.reads.full <= 3 && tree.reads.partial <= 3
      const consistency = await proveConsistency(index + 1, size, nodes)
      const [root, root1] = [tree.roots[size]!, tree.roots[index + 1]!]
      return (
        few &&
        (await verifyInclusion(index, size, tree.leaves[index]!, inclusion, root)) &&
        (await verifyConsistency(index + 1, size, root1, root, consistency))
      )
    }),
    { numRuns: 400 },
  )
})

t.test('every complete subtree is answered', async (t) => {
  const nodes = completeSubtrees({ begin: 0, end: 65_536 + 300 })
  const [whole, part] = await tileNodes(SIZE, tree.source)(nodes)
  const left = await tileNodes(
    SIZE,
    tree.source,
  )([
    { level: 15, index: 0 },
    { level: 15, index: 1 },
  ])
  t.same(whole, nodeHash(left[0]!, left[1]!))
  t.same(whole, tree.roots[65_536])
  t.equal(part!.length, 32)
  await t.rejects(tileNodes(10, tree.source)([{ level: 3, index: 1 }]), RangeError)
})
