// Goal: whoever has the tiles has the ledger. Method: read every tile as a mirror does, and build
// root, leaves and a proof from them alone.
import t from 'tap'
import { CompactRange, leafHash } from '../../services/audit/merkle.ts'
import { audit } from '../../services/audit/service.ts'
import { newId } from '../../src/id.ts'
import { fromBase64, toBase64 } from '../../src/proof/bytes.ts'
import { verifyInclusion } from '../../src/proof/merkle.ts'
import { parseCheckpoint, parseNote } from '../../src/proof/note.ts'
import { callAs, personOf } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { openOutside, worker } from '../helpers/ledger.ts'
import { personToken } from '../helpers/token.ts'

const hub = await startHub(t, { services: [audit] })
const outside = openOutside(t, hub)
const agency = newId()
const SIZE = 300
const event = { type: 'referrals.referral.sent.v1', object: newId() } as const
const writers = Array.from({ length: 10 }, () =>
  outside.write(
    worker(agency),
    Array.from({ length: SIZE / 10 }, () => event),
  ),
)
await Promise.all(writers)
await outside.placed()
const call = await callAs(hub, personOf(null, 'oversight_reviewer'))
const token = await personToken(hub, { id: newId(), agency: null, roles: ['oversight_reviewer'] })
const bytes = async (path: string) => {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${hub.url}/v1/audit/log/tile/${path}`, { headers })
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
}

const entriesOf = (tile: Buffer): string[] => {
  const entries: string[] = []
  for (let at = 0; at < tile.length;) {
    const length = tile.readUInt16BE(at)
    entries.push(tile.subarray(at + 2, at + 2 + length).toString())
    at += 2 + length
  }
  return entries
}

t.test('a mirror', async (t) => {
  const { text } = await call('GET', '/v1/audit/log/checkpoint')
  const head = parseCheckpoint(parseNote(text).text)
  t.equal(head.size, SIZE)
  const tiles = await Promise.all(['0/000', '0/001.p/44', '1/000.p/1'].map(bytes))
  t.same(
    tiles.map(({ status, bytes: tile }) => [status, tile.length]),
    [
      [200, 8192],
      [200, 44 * 32],
      [200, 32],
    ],
  )
  const leaves = (await Promise.all(['entries/000', 'entries/001.p/44'].map(bytes))).flatMap(
    ({ bytes: tile }) => entriesOf(tile),
  )
  t.equal(leaves.length, SIZE)
  const tree = new CompactRange()
  for (const leaf of leaves) tree.append(leafHash(leaf))
  t.equal(toBase64(tree.root()), toBase64(head.root))
  const hashes = Buffer.concat([tiles[0]!.bytes, tiles[1]!.bytes])
  t.ok(leaves.every((leaf, i) => leafHash(leaf).equals(hashes.subarray(i * 32, i * 32 + 32))))
  t.same((await bytes('0/001.p/7')).bytes, tiles[1]!.bytes.subarray(0, 7 * 32), 'a shorter one')

  const proof = await call('GET', '/v1/audit/proof?position=290')
  const [first, index, ...lines] = proof.text.split('\n')
  t.same([first, index], ['c2sp.org/tlog-proof@v1', 'index 290'])
  const path = lines.slice(0, lines.indexOf('')).map((line) => fromBase64(line)!)
  t.ok(await verifyInclusion(290, SIZE, leafHash(leaves[290]!), path, head.root))
  t.ok(proof.text.endsWith(text), 'with the head')
})

t.test('tiles that are not there', async (t) => {
  const absent = ['0/001', '0/001.p/45', '0/000.p/256', '0/000.p/0', '1/000', '2/000.p/1', '0/0']
  for (const path of [
    ...absent,
    '0/x000/000',
    '0/1000',
    'entries/001',
    'entries/x',
    '0/..%2f000',
  ]) {
    t.equal((await bytes(path)).status, 404, path)
  }
  t.equal((await bytes('9/000')).status, 400)
  t.equal((await call('GET', '/v1/audit/proof?position=300')).status, 404)
  const stranger = await callAs(hub, personOf(agency, 'case_worker'))
  for (const path of [
    '/v1/audit/log/tile/0/000',
    '/v1/audit/log/tile/entries/*',
    '/v1/audit/proof?position=0',
  ]) {
    t.equal((await stranger('GET', path)).status, 403, path)
  }
})
