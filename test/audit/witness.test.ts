// Goal: a witness cosigns one history and no other. Method: another implementation's transcript,
// then everything that is not a request, a race, and a restart.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { createWitness } from '../../cli/witness/server.ts'
import { openState } from '../../cli/witness/state.ts'
import { CompactRange, leafHash, proveConsistency, type Node } from '../../services/audit/merkle.ts'
import { generateSigner, signCheckpoint, type NoteSigner } from '../../services/audit/note.ts'
import { concat, hexOf, toBase64 } from '../../src/proof/bytes.ts'
import {
  COSIGNATURE,
  keyIdOf,
  openNote,
  parseVerifierKey,
  type NoteVerifier,
} from '../../src/proof/note.ts'

const path = join(import.meta.dirname, '../vectors/tlog-witness/add-checkpoint.json')
const vectors = JSON.parse(await readFile(path, 'utf8'))
const signer = generateSigner('witness.example', COSIGNATURE)
const witnessKey = await parseVerifierKey(signer.vkey)

const serve = async (t: Test, logs: readonly NoteVerifier[], folder?: string) => {
  const dir = folder ?? (await mkdtemp(join(tmpdir(), 'titian-witness-')))
  if (folder === undefined) t.teardown(() => rm(dir, { recursive: true, force: true }))
  const state = await openState(dir)
  const server = createWitness({ signer, logs, state, now: () => 1_795_487_826 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((done) => server.close(done))
  }
  t.teardown(stop)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const add = (body: string) => fetch(`${url}/add-checkpoint`, { method: 'POST', body })
  return { url, add, stop, dir }
}

t.test('the transcript of another witness', async (t) => {
  const key = Uint8Array.from(Buffer.from(vectors.logKeyHex, 'hex'))
  const id = await keyIdOf(vectors.origin, concat(new Uint8Array([1]), key))
  const { add } = await serve(t, [{ name: vectors.origin, id, type: 1, key }])
  t.equal(vectors.steps.length, 11)
  for (const [i, { body, status, answer }] of vectors.steps.entries()) {
    const response = await add(body)
    const text = await response.text()
    t.equal(response.status, status, `step ${i + 1}: ${text}`)
    if (answer !== null) {
      t.equal(text, answer)
      t.equal(response.headers.get('content-type'), 'text/x.tlog.size')
    }
    if (status === 200) {
      const { verified } = await openNote(body.slice(body.indexOf('\n\n') + 2) + text, [witnessKey])
      t.equal(verified[0]?.at, 1_795_487_826)
    }
  }
})

/** A ledger of so many leaves, told apart by `name`. */
const treeOf = (name: string) => {
  const leaf = (i: number) => leafHash(i < 3 ? `both ${i}` : `${name} ${i}`)
  const rootOf = (from: number, to: number) => {
    const range = new CompactRange()
    for (let i = from; i < to; i++) range.append(leaf(i))
    return range.root()
  }
  const source = async (nodes: readonly Node[]) =>
    nodes.map(({ level, index }) => rootOf(index * 2 ** level, (index + 1) * 2 ** level))
  return {
    head: (size: number, log: NoteSigner) => signCheckpoint({ size, root: rootOf(0, size) }, log),
    proof: async (from: number, to: number) =>
      from === 0 ? [] : (await proveConsistency(from, to, source)).map(toBase64),
  }
}
const bodyOf = (old: number, proof: readonly string[], note: string) =>
  `old ${old}\n${proof.map((hash) => `${hash}\n`).join('')}\n${note}`

t.test('one history alone, also after a restart', async (t) => {
  const log = generateSigner('hub.example/audit')
  const logs = [await parseVerifierKey(log.vkey)]
  const [mine, other] = [treeOf('mine'), treeOf('other')]
  const first = await serve(t, logs)
  const ask = async (at: typeof first, tree: typeof mine, from: number, to: number) =>
    (await at.add(bodyOf(from, await tree.proof(from, to), tree.head(to, log)))).status
  t.equal(await ask(first, mine, 0, 3), 200)
  t.equal(await ask(first, mine, 3, 3), 200, 'the same again')
  t.equal(await ask(first, mine, 3, 7), 200)
  t.equal(await ask(first, other, 3, 7), 409, 'not from an older head')
  t.equal(await ask(first, other, 7, 9), 422, 'another history')
  t.equal(await ask(first, other, 7, 7), 409, 'of the same size')
  await first.stop()
  const again = await serve(t, logs, first.dir)
  t.equal(await ask(again, other, 0, 9), 409, 'nothing is forgotten')
  t.equal(await ask(again, mine, 7, 9), 200)
  const index = await (await fetch(again.url)).text()
  t.match(index, `witness ${signer.name}\n${signer.vkey}\n\nhub.example/audit 9\n`)
  const latest = await fetch(`${again.url}/latest/${encodeURIComponent(log.name)}`)
  const { verified } = await openNote(await latest.text(), [...logs, witnessKey])
  t.equal(verified.length, 2, 'the last head, signed and cosigned')
  t.equal((await fetch(`${again.url}/latest/x`)).status, 404)
  t.equal((await fetch(`${again.url}/else`)).status, 404)
})

t.test('two at once: one wins', async (t) => {
  const log = generateSigner('hub.example/audit')
  const { add } = await serve(t, [await parseVerifierKey(log.vkey)])
  const trees = Array.from({ length: 8 }, (_, i) => treeOf(`history ${i}`))
  const answers = await Promise.all(trees.map((tree) => add(bodyOf(0, [], tree.head(5, log)))))
  const statuses = answers.map(({ status }) => status).sort((x, y) => x - y)
  t.same(statuses, [200, ...Array.from({ length: 7 }, () => 409)])
})

t.test('what is no request', async (t) => {
  const log = generateSigner('hub.example/audit')
  const { add, url } = await serve(t, [await parseVerifierKey(log.vkey)])
  const note = treeOf('x').head(3, log)
  const hash = toBase64(new Uint8Array(32))
  const bad = [
    '',
    '\n\n',
    `old 00\n\n${note}`,
    `old -1\n\n${note}`,
    `old 99999999999999999999\n\n${note}`,
    `old 4\n\n${note}`,
    `old 0 \n\n${note}`,
    `new 0\n\n${note}`,
    `old 0\n${hash.slice(1)}\n\n${note}`,
    `old 0\n${`${hash}\n`.repeat(64)}\n${note}`,
    `old 0\n\n${note.slice(0, note.indexOf('—') - 1)}`,
    `old 0\n\n${hexOf(new Uint8Array(9))}`,
  ]
  for (const body of bad) t.equal((await add(body)).status, 400, JSON.stringify(body.slice(0, 30)))
  t.equal((await add(`old 0\n\n${note.slice(0, -1)}`)).status, 403, 'half a signature')
  t.equal((await add(bodyOf(0, [hash], note))).status, 422, 'a proof from nothing')
  t.equal((await add(`old 0\n\n${'x'.repeat(70_000)}`)).status, 413)
  t.equal((await fetch(`${url}/add-checkpoint`)).status, 404)
})
