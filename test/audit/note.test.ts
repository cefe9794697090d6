// Goal: our notes are C2SP's and Go's. Method: their keys and notes, then everything near them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { EMPTY_ROOT, leafHash } from '../../services/audit/merkle.ts'
import {
  cosign,
  formatSignerKey,
  generateSigner,
  parseSignerKey,
  signCheckpoint,
  signNote,
} from '../../services/audit/note.ts'
import {
  COSIGNATURE,
  formatCheckpoint,
  formatNote,
  NoteError,
  openCheckpoint,
  openNote,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type NoteFault,
} from '../../src/proof/note.ts'

const path = join(import.meta.dirname, '../vectors/signed-note/notes.json')
const { c2sp, sumdb, sumdbTree } = JSON.parse(readFileSync(path, 'utf8'))
const { text, peterSig, enochSig } = sumdb
const peter = await parseVerifierKey(sumdb.vkeys.peter)
const enoch = await parseVerifierKey(sumdb.vkeys.enoch)

const refused = async (t: Test, fault: NoteFault, run: () => unknown, name: string) => {
  try {
    await run()
    t.fail(`accepted: ${name}`)
  } catch (error) {
    t.match(error, { fault }, name)
  }
}
const isRefused = async (run: () => unknown): Promise<boolean> => {
  try {
    await run()
    return false
  } catch (error) {
    if (error instanceof NoteError) return true
    throw error
  }
}

t.test('the example of C2SP verifies', async (t) => {
  const { text } = await openNote(c2sp.note, [await parseVerifierKey(c2sp.vkey)])
  t.equal(text, 'This is an example message.\n')
  t.equal(formatNote(parseNote(c2sp.note)), c2sp.note, 'and is written back the same')
})

t.test('keys of the Go checksum database', async (t) => {
  const signer = parseSignerKey(sumdb.skey)
  t.equal(signer.name, 'PeterNeumann')
  t.equal(signer.vkey, sumdb.vkeys.peter)
  t.equal(formatSignerKey(signer), sumdb.skey)
  t.equal(signNote(text, [signer]), `${text}\n${peterSig}`, 'signs what Go signs')
  for (const bad of sumdb.badVkeys)
    await refused(t, 'malformed_key', () => parseVerifierKey(bad), bad)
})

t.test('no part of a key is a key, nor is a key with one byte more', async (t) => {
  const keys: [string, (key: string) => unknown][] = [
    [sumdb.vkeys.peter, parseVerifierKey],
    [sumdb.vkeys.enoch, parseVerifierKey],
    [c2sp.vkey, parseVerifierKey],
    [sumdb.skey, parseSignerKey],
  ]
  for (const [key, parse] of keys) {
    await parse(key)
    for (let i = 0; i < key.length; i++) {
      for (let j = i + 1; j <= key.length; j++) {
        const part = key.slice(i, j)
        if (part !== key && !(await isRefused(() => parse(part)))) t.fail(part)
      }
      const next = key.slice(0, i) + String.fromCharCode(key.charCodeAt(i) + 1) + key.slice(i + 1)
      if (!(await isRefused(() => parse(next)))) t.fail(next)
    }
  }
})

t.test('known and unknown signatures', async (t) => {
  const both = `${text}\n${peterSig}${enochSig}`
  t.same(await openNote(both, [peter]), {
    text,
    verified: [{ verifier: peter, at: null }],
    unknown: 1,
  })
  const keys = async (note: string | Uint8Array, known: (typeof peter)[]) =>
    (await openNote(note, known)).verified.map(({ verifier }) => verifier)
  t.same(await keys(Buffer.from(both), [enoch, peter]), [peter, enoch])
  t.same(await keys(`${text}\n${peterSig}${peterSig}`, [peter]), [peter])
  await refused(t, 'unverified', () => openNote(both, []), 'no known key')
  const broken = `${peterSig.slice(0, 60)}ABCD${peterSig.slice(60)}`
  await refused(
    t,
    'bad_signature',
    () => openNote(`${text}\n${broken}`, [peter]),
    'broken signature',
  )
  const other = text.replace('answer', 'question')
  await refused(t, 'bad_signature', () => openNote(`${other}\n${peterSig}`, [peter]), 'other text')
  const renamed = peterSig.replace('PeterNeumann', 'CarmenSandiego')
  await refused(t, 'unverified', () => openNote(`${text}\n${renamed}`, [peter]), 'other name')
  const rekeyed = peterSig.replace('x08g', 'xxxx')
  await refused(t, 'unverified', () => openNote(`${text}\n${rekeyed}`, [peter]), 'other key id')
  await refused(
    t,
    'malformed_note',
    () => signNote('no newline', [parseSignerKey(sumdb.skey)]),
    'text',
  )
})

t.test('malformed notes', async (t) => {
  const whole = `${text}\n${peterSig}`
  const bad: Record<string, string | Uint8Array> = {
    'text alone': text,
    'no signature': `${text}\n`,
    'no final newline': whole.slice(0, -1),
    'control character': `\x01${whole}`,
    tab: `\t${whole}`,
    'carriage return': whole.replace('\n', '\r\n'),
    'invalid UTF-8': Buffer.concat([Buffer.from([0xff]), Buffer.from(whole)]),
    'lone surrogate': `\ud800${whole}`,
    'name with a space': `${text}\n${peterSig.replace('Peter', 'Peter ')}`,
    'name with a no-break space': `${text}\n${peterSig.replace('Peter', 'Peter\u00a0')}`,
    'name with a plus': `${text}\n${peterSig.replace('Peter', 'Peter+')}`,
    'trailing line': `${whole}Unexpected line.\n`,
    'hyphen for dash': `${text}\n${peterSig.replace('—', '-')}`,
    'two spaces': `${text}\n${peterSig.replace('— ', '—  ')}`,
    'base64 without padding': whole.replace('=\n', '\n'),
    'base64 with unused bits': whole.replace('nAM=', 'nAN='),
    'base64 for URLs': whole.replaceAll('/', '_'),
    'no signature bytes': `${text}\n— PeterNeumann x08gow==\n`,
    '101 signatures': `${text}\n${peterSig.repeat(101)}`,
  }
  for (const [name, note] of Object.entries(bad)) {
    await refused(t, 'malformed_note', () => openNote(note, [peter]), name)
  }
  t.equal(
    (await openNote(`${text}\n${peterSig.repeat(100)}`, [peter])).text,
    text,
    '100 are allowed',
  )
})

t.test('checkpoints', async (t) => {
  t.same(parseCheckpoint(sumdbTree.tree), {
    origin: 'go.sum database tree',
    size: 123_456_789_012,
    root: Buffer.from(sumdbTree.recordHashB64, 'base64'),
  })
  t.equal(leafHash(sumdbTree.recordUtf8).toString('base64'), sumdbTree.recordHashB64)
  t.equal(formatCheckpoint(parseCheckpoint(sumdbTree.tree)), sumdbTree.tree)
  t.equal(parseCheckpoint(`${sumdbTree.tree}an extension\n`).size, 123_456_789_012)
  const [origin, size, root] = sumdbTree.tree.split('\n')
  const bad = [
    sumdbTree.tree.slice(0, -1),
    `${sumdbTree.tree}\n`,
    `\n${size}\n${root}\n`,
    `${origin}\n0${size}\n${root}\n`,
    `${origin}\n-1\n${root}\n`,
    `${origin}\n+1\n${root}\n`,
    `${origin}\n0x10\n${root}\n`,
    `${origin}\n9007199254740993\n${root}\n`,
    `${origin}\n${size}\n${root!.slice(0, -1)}\n`,
    `${origin}\n${size}\nAAAA\n`,
    `${origin}\n${size}\n`,
  ]
  for (const text of bad) await refused(t, 'malformed_note', () => parseCheckpoint(text), text)
})

t.test('a checkpoint is believed under its own name and key alone', async (t) => {
  const [log, other] = [generateSigner('hub.example/audit'), generateSigner('other.example')]
  const verifier = await parseVerifierKey(log.vkey)
  const otherKey = await parseVerifierKey(other.vkey)
  const note = signCheckpoint({ size: 0, root: EMPTY_ROOT }, log)
  t.match(await openCheckpoint(note, verifier), { origin: log.name, size: 0 })
  await refused(t, 'unverified', () => openCheckpoint(note, otherKey), 'other key')
  const body = formatCheckpoint({ origin: other.name, size: 0, root: EMPTY_ROOT })
  await refused(
    t,
    'unverified',
    () => openCheckpoint(signNote(body, [log]), verifier),
    'other origin',
  )
  await refused(t, 'malformed_key', () => generateSigner('a name'), 'a name with a space')
  const size = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  await fc.assert(
    fc.asyncProperty(size, hash, fc.nat(), fc.nat({ max: 7 }), async (size, root, at, bit) => {
      const signed = signCheckpoint({ size, root }, log)
      const read = await openCheckpoint(signed, verifier)
      const bytes = Buffer.from(signed)
      bytes[at % bytes.length]! ^= 1 << bit
      const isSame = read.size === size && Buffer.compare(read.root, root) === 0
      return isSame && (await isRefused(() => openCheckpoint(bytes, verifier)))
    }),
    { numRuns: 300 },
  )
})

t.test('a cosignature says when, and is bound to it', async (t) => {
  const [log, witness] = [
    generateSigner('hub.example/audit'),
    generateSigner('w.example', COSIGNATURE),
  ]
  const verifiers = await Promise.all([log, witness].map(({ vkey }) => parseVerifierKey(vkey)))
  t.equal(parseSignerKey(formatSignerKey(witness)).vkey, witness.vkey)
  const checkpoint = signCheckpoint({ size: 0, root: EMPTY_ROOT }, log)
  const { text } = parseNote(checkpoint)
  const note = checkpoint + cosign(text, witness, 1_795_487_826)
  const { verified } = await openNote(note, verifiers)
  t.same(
    verified.map(({ at }) => at),
    [null, 1_795_487_826],
  )
  const bytes = Buffer.from(note)
  for (let i = bytes.lastIndexOf('—') + 14; i < bytes.length - 4; i++) {
    const changed = Buffer.from(bytes)
    changed[i]! ^= 1
    const read = await openNote(changed, verifiers).catch(() => null)
    if (read?.verified.length === 2) t.fail(`byte ${i}`)
  }
  await refused(t, 'malformed_key', () => cosign(text, log, 1), 'a log does not cosign')
})
