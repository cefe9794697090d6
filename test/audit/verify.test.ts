// Goal: no lie about a trail passes the offline verifier, and no truth fails it. Method: more than
// 10,000 mutations: each byte of a small bundle, each entry of a larger one, whole ledgers retold.
import { readFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { nodeSha256 } from '../../cli/audit-verify.ts'
import { generateSigner } from '../../services/audit/note.ts'
import { newId } from '../../src/id.ts'
import { BundleError, formatBundle, parseBundle, type Bundle } from '../../src/proof/bundle.ts'
import { COSIGNATURE } from '../../src/proof/note.ts'
import { isQuorum, parsePolicy } from '../../src/proof/policy.ts'
import { FAULTS, reportOf } from '../../src/proof/report.ts'
import { verifyBundle } from '../../src/proof/verify.ts'
import type { Fault, VerifyOptions } from '../../src/proof/verdict.ts'
import { entryOf, MemoryLedger, type Signers } from '../helpers/memory-ledger.ts'

const [a, b] = [newId(), newId()]
const signers: Signers = {
  log: generateSigner('hub.example/audit'),
  witnesses: [
    generateSigner('one.example', COSIGNATURE),
    generateSigner('two.example', COSIGNATURE),
  ],
}
const witnessLines = signers.witnesses.map(({ vkey }, i) => `witness w${i + 1} ${vkey}\n`).join('')
const policyText = `log ${signers.log.vkey}\n${witnessLines}group both all w1 w2\nquorum both\n`
const policy = await parsePolicy(policyText)
const options: VerifyOptions = { sha256: nodeSha256, now: 1_795_488_000_000 }

const ledgerOf = (entries: number): MemoryLedger => {
  const ledger = new MemoryLedger()
  for (let i = 0; i < entries; i++) {
    const agencies = i % 4 === 3 ? [b] : i % 2 === 0 ? [a, b] : [a]
    ledger.append(entryOf(agencies[0]!), agencies)
  }
  return ledger
}

let mutations = 0
/** Whether the text or bundle passes; anything that is not a bundle does not. */
const passes = async (given: string | Bundle, more: VerifyOptions = {}): Promise<boolean> => {
  mutations += 1
  try {
    const bundle = typeof given === 'string' ? parseBundle(given) : given
    return (await verifyBundle(bundle, policy, { ...options, ...more })).holds
  } catch (error) {
    if (error instanceof BundleError) return false
    throw error
  }
}
const faults = async (bundle: Bundle, more: VerifyOptions = {}): Promise<Fault[]> =>
  (await verifyBundle(bundle, policy, { ...options, ...more })).findings.map(({ fault }) => fault)

t.test('what is true holds', async (t) => {
  for (const size of [1, 2, 3, 7, 8, 9, 40]) {
    const ledger = ledgerOf(size)
    for (const agency of [a, b]) {
      if (ledger.feed(agency).length === 0) continue
      const bundle = await ledger.bundle(signers, agency, size, 1)
      t.same(parseBundle(formatBundle(bundle)), bundle)
      const kept = [ledger.checkpoint(signers, 1), ledger.head(signers, agency, 1)]
      t.same(await faults(bundle, { kept }), [], `${size} entries`)
    }
  }
  t.match(
    await verifyBundle(await ledgerOf(5).bundle(signers, a), policy),
    { holds: true },
    'WebCrypto',
  )
})

t.test('every byte of a small bundle', async (t) => {
  const text = formatBundle(await ledgerOf(4).bundle(signers, a))
  t.ok(await passes(text))
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes)
    changed[i]! ^= 1 << (i % 7)
    if (await passes(changed.toString()))
      t.fail(`byte ${i}, ${changed.toString().slice(i - 20, i + 20)}`)
  }
  for (let i = 0; i < bytes.length; i += 6) {
    const [shorter, longer] = [
      Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + 1)]),
      Buffer.concat([bytes.subarray(0, i), Buffer.from('1'), bytes.subarray(i)]),
    ]
    if (await passes(shorter.toString())) t.fail(`without byte ${i}`)
    if (await passes(longer.toString())) t.fail(`with a byte more at ${i}`)
    if (await passes(bytes.subarray(0, i).toString())) t.fail(`cut at ${i}`)
  }
  t.comment(`${bytes.length} bytes, ${mutations} mutations`)
})

t.test('entries dropped, doubled, swapped, inserted, taken from others', async (t) => {
  const ledger = ledgerOf(24)
  const whole = await ledger.bundle(signers, a)
  const other = await ledger.bundle(signers, b)
  const { entries } = whole
  const told = async (name: string, lie: Partial<Bundle>) => {
    if (await passes({ ...whole, ...lie })) t.fail(name)
  }
  for (let i = 0; i < entries.length; i++) {
    const dropped = entries.toSpliced(i, 1)
    await told(`dropped ${i}`, { entries: dropped })
    await told(`dropped ${i}, claiming less`, {
      entries: dropped,
      numbers: { from: 1, to: dropped.length },
    })
    await told(`dropped ${i}, as a part`, {
      entries: entries.slice(i + 1),
      numbers: { from: 1, to: entries.length },
    })
    await told(`cut at ${i}`, { entries: entries.slice(0, i), numbers: { from: 1, to: i } })
    await told(`without its disclosures ${i}`, {
      entries: entries.with(i, { ...entries[i]!, disclosures: [] }),
    })
    for (let j = 0; j < entries.length; j++) {
      const [one, two] = [entries[i]!, entries[j]!]
      await told(`doubled ${i} at ${j}`, { entries: entries.toSpliced(j, 0, one) })
      if (i === j) continue
      await told(`swapped ${i} ${j}`, { entries: entries.with(i, two).with(j, one) })
      await told(`${j} in place of ${i}`, { entries: entries.with(i, two) })
      await told(`proof of ${j} for ${i}`, {
        entries: entries.with(i, { ...one, proof: two.proof }),
      })
      await told(`leaf of ${j} for ${i}`, { entries: entries.with(i, { ...one, leaf: two.leaf }) })
      await told(`disclosures of ${j} for ${i}`, {
        entries: entries.with(i, { ...one, disclosures: two.disclosures }),
      })
    }
    const foreign = other.entries.find(({ leaf }) => entries.every((own) => own.leaf !== leaf))!
    await told(`foreign at ${i}`, { entries: entries.toSpliced(i, 0, foreign) })
    for (let k = 0; k < entries[i]!.disclosures.length; k++) {
      const entry = entries[i]!
      const [less, twice] = [
        entry.disclosures.toSpliced(k, 1),
        [...entry.disclosures, entry.disclosures[k]!],
      ]
      await told(`twice ${k}`, { entries: entries.with(i, { ...entry, disclosures: twice }) })
      const isNumber = entry.disclosures[k]!.includes('"aseq.')
      if (isNumber)
        await told('without number', { entries: entries.with(i, { ...entry, disclosures: less }) })
    }
  }
  await told('another agency', { agency: b })
  await told('no agency', { agency: null })
  await told('no head', { head: null })
  await told('head of another', { head: other.head })
  await told('checkpoint for head', { head: whole.checkpoint })
  await told('head for checkpoint', { checkpoint: whole.head! })
  await told('a selection with a head', { numbers: null })
  const foreignKey = { ...signers, log: generateSigner('hub.example/audit') }
  await told('another key', { checkpoint: ledger.checkpoint(foreignKey) })
  await told('a head by another key', { head: ledger.head(foreignKey, a) })
  await told('fewer witnesses', {
    checkpoint: ledger.checkpoint({ ...signers, witnesses: [signers.witnesses[0]!] }),
  })
  t.same(await faults({ ...whole, head: null }), ['head_missing'])
})

t.test('a ledger cut, rolled back, forked, or told again without an entry', async (t) => {
  const ledger = ledgerOf(24)
  const keptAt = [8, 16, 23]
  const kept = keptAt.map((size) => ledger.checkpoint(signers, size))
  for (let size = 1; size < 24; size++) {
    const older = await ledger.bundle(signers, a, size)
    const more = { kept: [ledger.checkpoint(signers, 24)] }
    t.same(await faults(older, more), ['rolled_back'])
    if (await passes(older, more)) t.fail(`rolled back to ${size}`)
  }
  for (const { entry } of ledger.feed(a)) {
    for (const renumber of [true, false]) {
      const retold = ledger.retold((each) => each === entry, renumber)
      const bundle = await retold.bundle(signers, a, retold.size, 16)
      if (!renumber) {
        const last = ledger.feed(a).at(-1)?.entry === entry
        t.equal((await faults(bundle)).includes('entry_missing'), !last, 'a hole in the numbers')
        if (await passes(bundle, last ? { kept: [ledger.head(signers, a)] } : {})) t.fail('omitted')
        continue
      }
      t.same(await faults(bundle), [], 'by itself a retold history looks well')
      const found = await faults(bundle, { kept: [kept[1]!] })
      t.same(found, ['forked'], 'a kept checkpoint shows it')
      t.match(await faults(bundle, { kept: [ledger.head(signers, a)] }), [/rolled_back|forked/])
      for (const each of kept) if (await passes(bundle, { kept: [each] })) t.fail('retold')
    }
  }
  const fork = ledgerOf(24)
  const shown = await fork.bundle(signers, a, 24, 16)
  t.same(await faults(shown, { kept: [ledger.checkpoint(signers, 24)] }), ['forked'])
  t.same(await faults(shown, { kept: [kept[1]!] }), ['forked'])
  t.same(await faults(shown, { kept: [kept[0]!] }), ['growth_not_proven'])
  t.ok(mutations > 10_000, `${mutations} mutations`)
})

t.test('policies', async (t) => {
  const { vkey } = signers.witnesses[0]!
  const bad = [
    '',
    'quorum',
    'quorum x\n',
    `log ${vkey}\nquorum none\n`,
    `witness w ${signers.log.vkey}\nquorum w\n`,
    `${policyText}quorum none\n`,
    `log ${signers.log.vkey}\nlog ${signers.log.vkey}\nquorum none\n`,
    `witness w ${vkey}\ngroup g 2 w\nquorum g\n`,
    `witness w ${vkey}\ngroup g 0 w\nquorum g\n`,
    `witness w ${vkey}\ngroup g any w w\nquorum g\n`,
    `witness w ${vkey}\ngroup w any w\nquorum w\n`,
    `group g any h\ngroup h any g\nquorum g\n`,
    `witness none ${vkey}\nquorum none\n`,
    'nonsense\nquorum none\n',
    'quorum none\u0001\n',
  ]
  for (const text of bad)
    await t.rejects(parsePolicy(text), { message: /^policy/ }, JSON.stringify(text.slice(0, 20)))
  const two = await parsePolicy(`# a comment\n\t\n ${policyText.replace('both all', 'both 1')}`)
  t.notOk(isQuorum(two, new Set()))
  t.ok(isQuorum(two, new Set(['w2'])))
  t.notOk(isQuorum(policy, new Set(['w2'])))
})

t.test(
  'the report names every fault in both languages; the command says it by its exit',
  async (t) => {
    const source = readFileSync(join(import.meta.dirname, '../../src/proof/verdict.ts'), 'utf8')
    const declared = source.match(/(?<=\| ')[a-z_]+(?=')/g) ?? []
    t.same(Object.keys(FAULTS).sort(), [...declared].sort())
    const bundle = await ledgerOf(8).bundle(signers, a)
    const broken = await verifyBundle(
      { ...bundle, entries: bundle.entries.slice(1) },
      policy,
      options,
    )
    t.match(
      reportOf(broken, 'id'),
      /TIDAK DAPAT DIPERCAYA[^]*nomor 1: Entri dengan nomor ini hilang/,
    )
    t.match(
      reportOf(broken, 'en'),
      /CANNOT BE TRUSTED[^]*number 1: The entry with this number is missing/,
    )
    await command(t, bundle)
  },
)

const command = async (t: Test, bundle: Bundle): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'titian-verify-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const titian = join(import.meta.dirname, '../../cli/titian.mjs')
  const run = promisify(execFile)
  const verify = async (text: string, ...more: string[]) => {
    await writeFile(join(dir, 'bundle.json'), text)
    await writeFile(join(dir, 'policy'), policyText)
    const args = [
      titian,
      'audit',
      'verify',
      join(dir, 'bundle.json'),
      '--policy',
      join(dir, 'policy'),
    ]
    return await run(process.execPath, [...args, ...more]).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    )
  }
  const well = await verify(formatBundle(bundle))
  t.equal(well.code, 0)
  t.match(well.stdout, /CATATAN INI UTUH[^]*THIS TRAIL HOLDS[^]*w1: 2026/)
  const ill = await verify(formatBundle({ ...bundle, head: null }), '--json')
  t.equal(ill.code, 1)
  t.match(JSON.parse(ill.stdout), { holds: false, findings: [{ fault: 'head_missing' }] })
  const unreadable = await verify('{}')
  t.match(unreadable, { code: 2, stderr: /not of the form titian-audit-bundle/ })
}
