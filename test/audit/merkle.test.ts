// Goal: our tree is the tree of RFC 6962. Method: 196 proofs and the constants of another
// implementation, then properties over random sizes, then every single-bit change of a proof.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  CompactRange,
  completeSubtrees,
  EMPTY_ROOT,
  foldRoots,
  leafHash,
  nodeHash,
  proveConsistency,
  proveInclusion,
  type Node,
} from '../../services/audit/merkle.ts'
import { hashLeaf, hashNode, webSha256 } from '../../src/proof/hash.ts'
import {
  rememberJoins,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../src/proof/merkle.ts'

const folder = join(import.meta.dirname, '../vectors/merkle-rfc6962')
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const constants = read(join(folder, 'reference-constants.json'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (base64: string | null) => Buffer.from(base64 ?? '', 'base64')

const cases = (kind: string) =>
  readdirSync(join(folder, 'testdata', kind), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, ...read(join(folder, 'testdata', kind, name)) }))

/** A tree held whole in memory: levels[l][i] is the root of complete subtree i of level l. */
function wholeTree(size: number, leaf = (i: number) => leafHash(`leaf ${i}`)) {
  const levels = [Array.from({ length: size }, (_, i) => leaf(i) as Uint8Array)]
  for (let below = levels[0]!; below.length > 1; below = levels.at(-1)!) {
    levels.push(
      Array.from({ length: below.length >> 1 }, (_, i) =>
        nodeHash(below[2 * i]!, below[2 * i + 1]!),
      ),
    )
  }
  const source = async (nodes: readonly Node[]) => nodes.map((n) => levels[n.level]![n.index]!)
  const root = (n: number) =>
    foldRoots(completeSubtrees({ begin: 0, end: n }).map((c) => levels[c.level]![c.index]!))
  return { leaves: levels[0]!, source, root }
}

t.test('98 foreign inclusion proofs', async (t) => {
  const all = cases('inclusion')
  t.equal(all.length, 98)
  for (const c of all) {
    const proof = (c.proof ?? []).map(bytes)
    const ok = await verifyInclusion(c.leafIdx, c.treeSize, bytes(c.leafHash), proof, bytes(c.root))
    if (ok === c.wantErr) t.fail(`${c.name}: ${c.desc}`)
  }
})

t.test('98 foreign consistency proofs', async (t) => {
  const all = cases('consistency')
  t.equal(all.length, 98)
  for (const c of all) {
    const proof = (c.proof ?? []).map(bytes)
    const ok = await verifyConsistency(c.size1, c.size2, bytes(c.root1), bytes(c.root2), proof)
    if (ok === c.wantErr) t.fail(`${c.name}: ${c.desc}`)
  }
})

t.test('hasher constants', async (t) => {
  const h = constants.hasher
  t.equal(hex(EMPTY_ROOT), h.emptyRootHex)
  t.equal(hex(leafHash('')), h.emptyLeafHex)
  t.equal(hex(leafHash(h.leafInputUtf8)), h.leafHex)
  t.equal(hex(leafHash(Buffer.from(h.leafInputUtf8))), h.leafHex, 'bytes and text agree')
  const [left, right] = [Buffer.from(h.nodeLeftUtf8), Buffer.from(h.nodeRightUtf8)]
  t.equal(hex(nodeHash(left, right)), h.nodeHex)
  t.equal(hex(await hashLeaf(webSha256, h.leafInputUtf8)), h.leafHex, 'in browsers too')
  t.equal(hex(await hashNode(webSha256, left, right)), h.nodeHex)
  t.equal(hex(await rootOf([])), h.emptyRootHex)
})

t.test('node hashes and roots of the reference tree', async (t) => {
  const leaves = constants.leafInputsHex.map((l: string) => leafHash(Buffer.from(l, 'hex')))
  let level: Uint8Array[] = leaves
  for (const expected of constants.nodeHashesHex) {
    t.same(level.map(hex), expected)
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      nodeHash(level[2 * i]!, level[2 * i + 1]!),
    )
  }
  for (let size = 0; size <= leaves.length; size++) {
    t.equal(hex(await rootOf(leaves.slice(0, size))), constants.rootHashesHexBySize[size])
  }
  const range = new CompactRange()
  t.equal(hex(range.root()), constants.rootHashesHexBySize[0])
  leaves.forEach((leaf: Uint8Array, i: number) => {
    range.append(leaf)
    t.equal(hex(range.root()), constants.rootHashesHexBySize[i + 1])
  })
})

t.test('golden roots up to 65,535 leaves', async (t) => {
  const range = new CompactRange()
  for (const { size, root } of constants.goldenRoots.cases) {
    while (range.size < size) {
      range.append(leafHash(Buffer.from([range.size & 0xff, (range.size >> 8) & 0xff])))
    }
    t.equal(Buffer.from(range.root()).toString('base64'), root, `size ${size}`)
  }
})

t.test('a compact range resumes from its roots', async (t) => {
  const tree = wholeTree(300)
  for (const size of [0, 1, 2, 3, 7, 8, 255, 256, 257, 300]) {
    const nodes = completeSubtrees({ begin: 0, end: size })
    const range = new CompactRange(size, await tree.source(nodes))
    for (let i = size; i < 300; i++) range.append(tree.leaves[i]!)
    t.equal(hex(range.root()), hex(tree.root(300)))
  }
  t.throws(() => new CompactRange(3, []), RangeError)
})

t.test('every proof that is made verifies, for all sizes up to 70', async (t) => {
  const tree = wholeTree(70)
  let made = 0
  const join = rememberJoins()
  for (let size = 1; size <= 70; size++) {
    for (let i = 0; i < size; i++) {
      const inclusion = await proveInclusion(i, size, tree.source)
      const consistency = await proveConsistency(i + 1, size, tree.source)
      const included = await verifyInclusion(
        i,
        size,
        tree.leaves[i]!,
        inclusion,
        tree.root(size),
        join,
      )
      const root1 = tree.root(i + 1)
      const consistent = await verifyConsistency(i + 1, size, root1, tree.root(size), consistency)
      if (!included || !consistent) t.fail(`${i} of ${size}`)
      made += 2
    }
  }
  t.equal(made, 70 * 71)
})

t.test('any change to a proof is refused', async () => {
  const tree = wholeTree(600)
  const flip = (hash: Uint8Array, bit: number) => {
    const copy = Buffer.from(hash)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    return copy
  }
  await fc.assert(
    fc.asyncProperty(
      fc
        .integer({ min: 2, max: 600 })
        .chain((size) =>
          fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 2 }) }),
        ),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(),
      async ({ size, index }, bit, pick) => {
        const [leaf, root, root1] = [tree.leaves[index]!, tree.root(size), tree.root(index + 1)]
        const inclusion = await proveInclusion(index, size, tree.source)
        const consistency = await proveConsistency(index + 1, size, tree.source)
        const at = pick % inclusion.length
        const included = (proof: Uint8Array[], i = index, l = leaf, r = root, n = size) =>
          verifyInclusion(i, n, l, proof, r)
        const consistent = (proof: Uint8Array[], r1 = root1, r2 = root, n = index + 1) =>
          verifyConsistency(n, size, r1, r2, proof)
        const bad = inclusion.with(at, flip(inclusion[at]!, bit))
        const at2 = pick % consistency.length
        const bad2 = consistency.with(at2, flip(consistency[at2]!, bit))
        const wrong = await Promise.all([
          included(bad),
          included(inclusion, index, flip(leaf, bit)),
          included(inclusion, index, leaf, flip(root, bit)),
          included(inclusion, (index + 1) % size),
          included([...inclusion, leaf]),
          included(inclusion.slice(1)),
          included(inclusion.slice(0, -1)),
          consistent(bad2),
          consistent(consistency, flip(root1, bit)),
          consistent(consistency, root1, flip(root, bit)),
          consistent([...consistency, leaf]),
          consistent(consistency.slice(1)),
          consistent(consistency.slice(0, -1)),
          consistent(consistency, root1, root, 0),
        ])
        const right = [await included(inclusion), await consistent(consistency)]
        return !right.includes(false) && !wrong.includes(true)
      },
    ),
    { numRuns: 300 },
  )
})

t.test('sizes past 32 bits', async (t) => {
  const size = 2 ** 40 + 3
  const root = (level: number): Uint8Array =>
    level === 0 ? leafHash('same') : nodeHash(root(level - 1), root(level - 1))
  const cache = Array.from({ length: 41 }, () => null as Uint8Array | null)
  const same = (level: number): Uint8Array =>
    (cache[level] ??= level === 0 ? root(0) : nodeHash(same(level - 1), same(level - 1)))
  const source = async (nodes: readonly Node[]) => nodes.map((n) => same(n.level))
  const whole = foldRoots(await source(completeSubtrees({ begin: 0, end: size })))
  for (const index of [0, 2 ** 31, 2 ** 32 + 5, 2 ** 40, size - 1]) {
    const proof = await proveInclusion(index, size, source)
    t.ok(await verifyInclusion(index, size, same(0), proof, whole), `index ${index}`)
  }
  const part = foldRoots(await source(completeSubtrees({ begin: 0, end: 2 ** 33 + 1 })))
  const proof = await proveConsistency(2 ** 33 + 1, size, source)
  t.ok(await verifyConsistency(2 ** 33 + 1, size, part, whole, proof))
})

t.test('what no tree can answer is refused', async (t) => {
  const { source } = wholeTree(4)
  t.throws(() => proveInclusion(4, 4, source), RangeError)
  t.throws(() => proveInclusion(-1, 4, source), RangeError)
  t.throws(() => proveInclusion(0, 2 ** 53, source), RangeError)
  t.throws(() => proveConsistency(0, 4, source), RangeError)
  t.throws(() => proveConsistency(5, 4, source), RangeError)
  t.notOk(await verifyConsistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, []))
  t.notOk(await verifyInclusion(0.5, 1, leafHash('a'), [], leafHash('a')))
})
