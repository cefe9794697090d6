// Goal: a leaf tells nothing but when, what kind and how it ended, until a disclosure opens more.
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import t from 'tap'
import { leafHash } from '../../services/audit/merkle.ts'
import {
  discloseEntry,
  discloseNumber,
  makeLeaf,
  type Concern,
  type LeafEntry,
} from '../../services/audit/leaf.ts'
import { feedName, parseLeaf, subjectName, verifyDisclosure } from '../../src/proof/leaf.ts'

const jcs = join(import.meta.dirname, '../vectors/jcs/testdata')
const [sender, recipient] = [
  '019ab000-0000-7000-8000-00000000000a',
  '019ab000-0000-7000-8000-00000000000b',
]
const ENTRY: LeafEntry = {
  id: '019ab000-0000-7000-8000-000000000001',
  at: '2026-11-24T02:18:51.123Z',
  type: 'referrals.referral.sent.v1',
  outcome: 'ok',
  agency: sender,
  actor: '019ab000-0000-7000-8000-000000000002',
  subject: '019ab000-0000-7000-8000-000000000003',
  object: '019ab000-0000-7000-8000-000000000004',
  purpose: 'shelter',
  categories: ['identity', 'contact'],
  reason: null,
  data: { urgency: 'normal', recipient },
}
const PSEUDONYM = 'pw:AAAAAAAAAAAAAAAAAAAAAA'
const AT_SENDER: Concern = { agency: sender, n: 41, subject: ENTRY.subject }
const AT_RECIPIENT: Concern = { agency: recipient, n: 7, subject: PSEUDONYM }
const NUMBERS = [AT_SENDER, AT_RECIPIENT]
const secret = randomBytes(32)
const secrets = { content: secret, numbers: randomBytes(32) }

const discloseAll = (entry: LeafEntry, concern: Concern): string[] => [
  ...discloseEntry(entry, concern, secrets.content),
  discloseNumber(concern, secrets.numbers),
]
const open = async (leaf: string, disclosures: readonly string[]) => {
  const opened = await Promise.all(disclosures.map((each) => verifyDisclosure(leaf, each)))
  return Object.fromEntries(opened.map((each) => [each!.name, each!.value]))
}

t.test('canonical JSON is that of RFC 8785', async (t) => {
  const names = readdirSync(join(jcs, 'input'))
  t.equal(names.length, 6)
  for (const name of names) {
    const input = JSON.parse(readFileSync(join(jcs, 'input', name), 'utf8'))
    t.equal(canonicalize(input), readFileSync(join(jcs, 'output', name), 'utf8'), name)
    const hex = readFileSync(join(jcs, 'outhex', name.replace('.json', '.txt')), 'utf8')
    t.equal(Buffer.from(canonicalize(input)!).toString('hex'), hex.replace(/\s/g, ''), name)
  }
})

t.test('a leaf is canonical, hashed, and says four things', async (t) => {
  const { leaf, hash } = makeLeaf(ENTRY, NUMBERS, secrets)
  t.equal(canonicalize(JSON.parse(leaf)), leaf)
  t.same(hash, leafHash(leaf))
  const { _sd, ...said } = parseLeaf(leaf)!
  t.same(said, {
    v: 1,
    t: '2026-11-24T02:18:51.123Z',
    typ: 'referrals.referral.sent.v1',
    res: 'ok',
    svc: 'referrals',
    _sd_alg: 'sha-256',
  })
  t.equal(_sd.length, 16)
  t.same(_sd, [..._sd].sort())
  t.ok(_sd.every((digest) => /^[A-Za-z0-9_-]{43}$/.test(digest)))
  t.same(makeLeaf(ENTRY, NUMBERS, secrets), { leaf, hash }, 'and is made again the same')
  for (const text of [sender, ENTRY.actor, ENTRY.subject, 'shelter', 'identity']) {
    t.notOk(leaf.includes(text!))
  }
})

t.test('salts are HMAC-SHA-256 of the name', async (t) => {
  const { leaf } = makeLeaf(ENTRY, NUMBERS, secrets)
  const disclosures = discloseAll(ENTRY, AT_SENDER)
  for (const disclosure of disclosures) {
    const [salt, name] = JSON.parse(disclosure)
    const own = name.startsWith('aseq.') ? secrets.numbers : secrets.content
    const mac = createHmac('sha256', own).update(name).digest().subarray(0, 16)
    t.equal(salt, mac.toString('base64url'), name)
    t.ok(await verifyDisclosure(leaf, disclosure))
  }
})

t.test('each agency concerned opens its part', async (t) => {
  const { leaf } = makeLeaf(ENTRY, NUMBERS, secrets)
  const shared = {
    entry: ENTRY.id,
    agency: sender,
    object: ENTRY.object,
    purpose: 'shelter',
    categories: ['identity', 'contact'],
    data: ENTRY.data,
  }
  t.same(await open(leaf, discloseAll(ENTRY, AT_SENDER)), {
    ...shared,
    actor: ENTRY.actor,
    [feedName(sender)]: 41,
    [subjectName(sender)]: ENTRY.subject,
  })
  t.same(await open(leaf, discloseAll(ENTRY, AT_RECIPIENT)), {
    ...shared,
    [feedName(recipient)]: 7,
    [subjectName(recipient)]: PSEUDONYM,
  })
})

t.test('the number of digests tells nothing', async (t) => {
  const bare = { ...ENTRY, subject: null, object: null, purpose: null, categories: [], data: {} }
  const concern = (i: number): Concern => ({ agency: `${sender}${i}`, n: 1, subject: null })
  const digests = (agencies: number, entry = ENTRY) =>
    parseLeaf(
      makeLeaf(
        entry,
        Array.from({ length: agencies }, (_, i) => concern(i)),
        secrets,
      ).leaf,
    )!._sd
  t.equal(digests(1, bare).length, 8)
  t.equal(digests(5, bare).length, 8)
  t.equal(digests(6, bare).length, 16)
  t.equal(digests(8).length, 16)
  t.equal(digests(9).length, 16)
  t.equal(digests(10).length, 32)
  t.equal(new Set(digests(10)).size, 32)
  t.throws(() => makeLeaf(ENTRY, [{ ...AT_SENDER, agency: 'x'.repeat(65) }], secrets), RangeError)
  t.throws(() => makeLeaf(ENTRY, NUMBERS, { ...secrets, content: secret.subarray(1) }), RangeError)
})

t.test('what does not belong to the leaf opens nothing', async (t) => {
  const { leaf } = makeLeaf(ENTRY, NUMBERS, secrets)
  const disclosures = discloseAll(ENTRY, AT_SENDER)
  const [first] = disclosures as [string]
  const other = { content: randomBytes(32), numbers: randomBytes(32) }
  const elsewhere = makeLeaf(ENTRY, NUMBERS, other).leaf
  const refused = [
    [elsewhere, first],
    [leaf, first.replace(',', ', ')],
    [leaf.replace('{', '{ '), first],
    ['{}', first],
    ['null', first],
    ['', first],
    [leaf, parseLeaf(leaf)!._sd[0]!],
    [leaf, '\ud800'],
  ] as const
  for (const [where, what] of refused) t.equal(await verifyDisclosure(where, what), null)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...disclosures),
      fc.nat(),
      fc.integer({ min: 0, max: 6 }),
      async (disclosure, at, bit) => {
        const bytes = Buffer.from(disclosure)
        bytes[at % bytes.length]! ^= 1 << bit
        return (await verifyDisclosure(leaf, bytes.toString())) === null
      },
    ),
  )
})

t.test('any entry opens to what it was', async () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const entries = fc.record({
    id: fc.uuid(),
    at: fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-01-01') })
      .map((at) => at.toISOString()),
    type: fc.constantFrom('consent.grant.withdrawn.v1', 'cases.data.opened.v1'),
    outcome: fc.constantFrom('ok', 'refused', 'failed'),
    agency: fc.constant(sender),
    actor: fc.string({ unit: 'grapheme' }),
    subject: maybe(fc.uuid()),
    object: maybe(fc.uuid()),
    purpose: maybe(fc.string({ unit: 'grapheme' })),
    categories: maybe(fc.array(fc.string(), { minLength: 1 })),
    reason: maybe(fc.string()),
    data: fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }), { minKeys: 1 }),
  })
  await fc.assert(
    fc.asyncProperty(entries, async (entry) => {
      const concern = { ...AT_SENDER, subject: entry.subject }
      const { leaf } = makeLeaf(entry, [concern, AT_RECIPIENT], secrets)
      const opened = await open(leaf, discloseAll(entry, concern))
      const { id, at: _at, type: _type, outcome: _outcome, subject, ...values } = entry
      const names = { [feedName(sender)]: 41, [subjectName(sender)]: subject }
      const expected = { entry: id, ...values, ...names }
      const present = Object.entries(expected).filter(([, value]) => value !== null)
      return canonicalize(opened) === canonicalize(Object.fromEntries(present))
    }),
  )
})
