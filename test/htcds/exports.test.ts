// Goal: an export says all that its reader may see and no more, computes nothing, and read again gives
// the same. Method: random data through both formats and back; exports over the API.
import canonicalize from 'canonicalize'
import * as fc from 'fast-check'
import type { Readable } from 'node:stream'
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import {
  cellsOf,
  EXPORT_COLUMNS,
  type ExportedData,
} from '../../services/cases/htcds/export-cells.ts'
import type { Grid, Value } from '../../services/cases/htcds/grid.ts'
import { homeOf } from '../../services/cases/htcds/plan-home.ts'
import { readCases } from '../../services/cases/htcds/read-cases.ts'
import { readCsv } from '../../services/cases/htcds/texts.ts'
import { readWorkbook } from '../../services/cases/htcds/workbook.ts'
import { writeCsv } from '../../services/cases/htcds/write-csv.ts'
import { writeWorkbook } from '../../services/cases/htcds/write-workbook.ts'
import { CATEGORIES, type Category } from '../../src/contracts/codes.ts'
import { codesOf, HTCDS_FIELDS } from '../../src/contracts/htcds.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'

const hub = await startHub(t, { services: [cases] })
const { sender, recipient, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.supervisor)

const NOW = new Date('2026-11-24T00:00:00Z')
const bytes = async (stream: Readable): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part as Buffer))
  return Buffer.concat(parts)
}
type Row = readonly (Value | null)[]
async function* one(row: Row): AsyncGenerator<Row> {
  yield row
}
const csv = async (row: Row): Promise<string> =>
  (await bytes(writeCsv(EXPORT_COLUMNS, one(row)))).toString('utf8')
const workbook = async (row: Row): Promise<Grid> =>
  readWorkbook(await bytes(writeWorkbook(EXPORT_COLUMNS, one(row))))

const DANGER = ['=1+1', '+62811', '-2', '@SUM(A1)', '\t=x', '\r=x', "'=x", "''=1", '＝1', '=cmd|x']
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.constantFrom(...DANGER, ' both ends ', '_x0041_', 'a\r\nb', '\u0001', 'a;b,"c"', 'TRUE', '12'),
)
const valueOf = (field: string, type: string): fc.Arbitrary<unknown> => {
  const codes = codesOf(field)
  if (type === 'Multiselect Picklist' && codes !== null)
    return fc.uniqueArray(fc.constantFrom(...codes))
  if (codes !== null) return fc.constantFrom(...codes)
  if (field === 'prs_Citizenship') return fc.uniqueArray(fc.constantFrom('ID', 'MY', 'TL'))
  if (field.endsWith('Country')) return fc.constantFrom('ID', 'MY')
  if (field.endsWith('Language')) return fc.constantFrom('id', 'jav')
  if (field.endsWith('Phone')) return fc.constantFrom('+6281100000', '62811')
  if (type === 'Date') return fc.constantFrom('2001-02-03', '1999-12-31')
  if (type === 'Checkbox') return fc.boolean()
  if (type === 'Number' || type === 'Geolocation') return fc.integer({ min: -180, max: 180 })
  return text.filter((value) => value.trim() !== '')
}
const fieldsOf = (category: Category) => {
  const own = HTCDS_FIELDS.filter(({ field }) => homeOf(field, undefined) === category)
  const model = Object.fromEntries(own.map(({ field, type }) => [field, valueOf(field, type)]))
  const free = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.oneof(text, fc.jsonValue({ maxDepth: 1 })),
    {
      maxKeys: 2,
    },
  )
  return fc.tuple(fc.record(model, { requiredKeys: [] }), free).map(([a, b]) => ({ ...b, ...a }))
}
const data = fc.record(Object.fromEntries(CATEGORIES.map((each) => [each, fieldsOf(each)])), {
  requiredKeys: [],
})

t.test('whatever a case holds, both formats give it back', async (t) => {
  await fc.assert(
    fc.asyncProperty(data, async (raw) => {
      // As the hub keeps it: JSON.
      const held = JSON.parse(JSON.stringify(raw)) as ExportedData
      if (Object.keys(held).length === 0) return
      const row = cellsOf('7KQ2-M9XD', held)
      for (const grid of [await readCsv(await csv(row)), await workbook(row)]) {
        const [read] = (await readCases(grid, NOW)).rows
        t.same(read?.notes, [])
        t.equal(canonicalize(read?.made?.data), canonicalize(held))
        t.equal(read?.origin.reference, '7KQ2-M9XD')
      }
    }),
    { numRuns: 25, seed: 20_261_124 },
  )
})

t.test(
  'nothing in a file is computed; local codes go out as Other; long cells say so',
  async (t) => {
    for (const value of DANGER) {
      const row = cellsOf('7KQ2-M9XD', { identity: { prs_FirstName: value } })
      const [, line = ''] = (await csv(row)).split('\r\n7KQ2-M9XD')
      t.notMatch(line.trimEnd(), /(^|,)"?[=+\-@\t\r＝]/, JSON.stringify(value))
    }
    const codes = ['x-WagesUnpaid', 'DebtBondage']
    const row = cellsOf('7KQ2-M9XD', { exploitation: { vic_MethodsOfControl: codes } })
    t.equal(row[EXPORT_COLUMNS.indexOf('vic_MethodsOfControl')], 'Other;DebtBondage')
    const long = cellsOf('7KQ2-M9XD', { narrative: { words: 'x'.repeat(40_000) } })
    t.match((await readCases(await workbook(long), NOW)).rows[0], {
      made: null,
      notes: [{ level: 'problem', message: { en: /export again as CSV/ } }],
    })
  },
)

const ALL = { format: 'csv', categories: ['identity', 'narrative'] }
const open = async (name: string): Promise<string> => {
  const { id } = (await call('POST', '/v1/cases', { age_band: 'from_25_to_39' })).body
  await call('PUT', `/v1/cases/${id}/data/identity`, { data: { prs_FirstName: name } })
  await call('PUT', `/v1/cases/${id}/data/legal`, { data: { note: `legal-${name}` } })
  await call('PUT', `/v1/cases/${id}/data/therapy_notes`, { data: { note: `therapy-${name}` } })
  return id
}
const openings = (id: string) => admin`
  select categories from journal.entry where type = 'cases.data.opened.v1' and subject = ${id}`

t.test('an export holds the categories named, each an opening on the record', async (t) => {
  const ids: string[] = []
  for (let n = 0; n < 25; n += 1) ids.push(await open(`Melati ${n}`))
  const answer = await call('POST', '/v1/case-exports', ALL, { key: null })
  t.equal(answer.status, 200, answer.text)
  t.match(answer.headers.get('content-type'), /text\/csv/)
  t.equal(answer.text.match(/Melati \d+/g)?.length, 25, 'over more than one page')
  t.notMatch(answer.text, /legal-|therapy-/)
  for (const id of ids)
    t.same(
      (await openings(id)).map((row) => row['categories']),
      [['identity']],
    )
  const [entry] = await admin`select * from journal.entry where type = 'cases.case.exported.v1'`
  t.match(entry, { actor: sender.supervisor.id, categories: ALL.categories })

  const again = { format: 'csv', content: Buffer.from(answer.text).toString('base64') }
  const known = await call('POST', '/v1/case-imports', again)
  t.match(known.body.counts, { already_here: 25, ready: 0 }, 'no case is made twice')
  const sheet = await call('POST', `/v1/cases/${ids[0]}/export`, { ...ALL, format: 'xlsx' })
  t.equal(sheet.status, 200)
  const therapy = { format: 'csv', categories: ['therapy_notes'] }
  t.equal((await call('POST', '/v1/case-exports', therapy)).status, 400)
})

t.test('who may export: people of the agency who proved themselves a moment ago', async (t) => {
  const id = await open('Kamboja')
  const path = `/v1/cases/${id}/export`
  const worker = await callAs(hub, sender.worker)
  t.equal((await worker('POST', path, ALL)).status, 200)
  t.equal((await worker('POST', '/v1/case-exports', ALL)).status, 403)
  for (const actor of [sender.intake, sender.reviewer, sender.system, administrator]) {
    t.equal((await (await callAs(hub, actor))('POST', path, ALL)).status, 403)
  }
  const foreign = await (await callAs(hub, recipient.supervisor))('POST', path, ALL)
  t.equal(foreign.status, 404)
  const before = (await openings(id)).length
  const hourAgo = Math.floor(Date.now() / 1000) - 3_600
  const stale = await callAs(hub, { ...sender.supervisor, authenticatedAt: hourAgo })
  for (const each of [path, '/v1/case-exports']) {
    t.match((await stale('POST', each, ALL)).body, { code: 'step_up_needed' })
  }
  t.equal((await openings(id)).length, before, 'nothing was opened')
  await admin`update cases.datum set wrapped_key = null where case_id = ${id}`
  t.notMatch((await worker('POST', path, ALL)).text, /Kamboja/, 'what is erased is not there')
})
