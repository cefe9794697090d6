// Goal: a file of cases is previewed row by row, lands once and whole, and leaves nothing behind.
// Method: files over the API of a hub with its timers; kill, repeat, cancel, expire.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import t from 'tap'
import writeXlsxFile from 'write-excel-file/node'
import { ZipFile } from 'yazl'
import { cases } from '../../services/cases/service.ts'
import { landImports } from '../../services/cases/timers/land-imports.ts'
import { HUB } from '../../src/actor.ts'
import { connect } from '../../src/db.ts'
import { createLog } from '../../src/run.ts'
import type { Context } from '../../src/service.ts'
import { callAs, createNetwork, type Call } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { until } from '../helpers/until.ts'

const CANARY = 'Melur-canary-4b1d'
const hub = await startHub(t, { services: [cases] })
const { sender, recipient, administrator } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.supervisor)
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64')
const csvOf = (...rows: string[][]): string => rows.map((row) => row.join(',')).join('\n')
const preview = (content: string | Buffer, format = 'csv', by: Call = call) =>
  by('POST', '/v1/case-imports', { format, content: base64(content) })
const read = async (id: string, query = '') =>
  (await call('GET', `/v1/case-imports/${id}?limit=200${query}`)).body
const landed = (id: string) =>
  until(async () => ((await read(id)).import.state === 'landed' ? await read(id) : null), {
    what: 'the import to land',
  })
const confirm = async (id: string) => {
  const answer = await call('POST', `/v1/case-imports/${id}/confirm`, { version: 1 })
  t.equal(answer.status, 200, answer.text)
  return await landed(id)
}
const HEADER = ['prs_FirstName', 'prs_Gender', 'vic_MethodsOfControl', 'Catatan lama']
const row = (name: string, gender = 'Feminine') => [name, gender, 'DebtBondage', 'dari buku']

t.test('a file is previewed, its rows land as cases under the rules of cases', async (t) => {
  const file = csvOf(HEADER, row(CANARY), row('Kenanga', 'perempuan muda'))
  const made = await preview(file)
  t.equal(made.status, 201, made.text)
  t.match(made.body, { state: 'previewed', counts: { ready: 1, reported: 1, landed: 0 } })
  const { id } = made.body
  const seen = await read(id)
  t.same(seen.items[0].categories, [
    { category: 'identity', fields: ['prs_FirstName', 'prs_Gender'] },
    { category: 'exploitation', fields: ['vic_MethodsOfControl'] },
    { category: 'narrative', fields: ['source_record'] },
  ])
  t.match(seen.items[1], {
    row: 3,
    state: 'reported',
    case: null,
    notes: [{ cell: 'B3', field: 'prs_Gender', level: 'problem', message: { en: /Choose from/ } }],
  })
  t.notOk(JSON.stringify(seen).includes('perempuan muda'), 'a note names no value')
  t.match(seen.columns[3], { header: 'Catatan lama', field: null })
  t.equal((await call('GET', '/v1/cases')).body.items.length, 0, 'no case is made by looking')

  const done = await confirm(id)
  t.match(done.import.counts, { ready: 0, reported: 1, landed: 1 })
  const one = done.items[0].case
  const opened = await call('POST', `/v1/cases/${one}/data/identity/open`, undefined, { key: null })
  t.same(opened.body.data, { prs_FirstName: CANARY, prs_Gender: 'Feminine' })
  const foreign = await callAs(hub, recipient.worker)
  t.equal((await foreign('GET', `/v1/cases/${one}`)).status, 404, 'the agency`s own, as any case')
  const entries = await admin`
    select type, actor, categories from journal.entry where subject = ${one} and type <>
      'cases.data.opened.v1' order by type, categories`
  t.same(
    entries.map((entry) => [entry['type'], entry['actor'], entry['categories']]),
    [
      ['cases.case.opened.v1', sender.supervisor.id, null],
      ['cases.data.written.v1', sender.supervisor.id, ['exploitation']],
      ['cases.data.written.v1', sender.supervisor.id, ['identity']],
      ['cases.data.written.v1', sender.supervisor.id, ['narrative']],
    ],
  )
  const steps = await admin`
    select type from journal.entry where object = ${id} order by id`
  t.same(
    steps.map((step) => step['type']),
    ['cases.import.previewed.v1', 'cases.import.confirmed.v1', 'cases.import.landed.v1'],
  )
  t.equal((await admin`select 1 from cases.import_box where import = ${id}`).length, 0)
})

t.test('nothing of a file lies open in the database', async (t) => {
  const { id } = (await preview(csvOf(HEADER, row(`${CANARY}-2`)))).body
  const tables = await admin<{ name: string }[]>`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`
  for (const { name } of tables) {
    const text = JSON.stringify(await admin.unsafe(`select t::text from ${name} t`))
    for (const secret of [CANARY, 'Catatan lama', 'dari buku']) {
      const hex = Buffer.from(secret).toString('hex')
      const coded = base64(secret).slice(0, -4)
      t.notOk(
        [secret, hex, coded].some((form) => text.includes(form)),
        `${name}: ${secret}`,
      )
    }
  }
  t.equal((await call('POST', `/v1/case-imports/${id}/cancel`, { version: 1 })).status, 200)
})

t.test('who may import: supervisors and programs of an agency, for it alone', async (t) => {
  const file = csvOf(HEADER, row('Cempaka'))
  for (const actor of [sender.worker, sender.intake, sender.reviewer, administrator]) {
    t.equal((await preview(file, 'csv', await callAs(hub, actor))).status, 403)
  }
  const program = await callAs(hub, sender.system)
  const { id } = (await preview(file, 'csv', program)).body
  const other = await callAs(hub, recipient.supervisor)
  t.same((await other('GET', '/v1/case-imports')).body.items, [])
  t.equal((await other('GET', `/v1/case-imports/${id}`)).status, 404)
  for (const step of ['confirm', 'cancel']) {
    t.equal((await other('POST', `/v1/case-imports/${id}/${step}`, { version: 1 })).status, 404)
  }
  t.equal((await call('POST', `/v1/case-imports/${id}/confirm`, { version: 9 })).status, 409)
  t.ok((await call('GET', '/v1/case-imports?limit=1')).body.next, 'imports are paged')
  const cancelled = await program('POST', `/v1/case-imports/${id}/cancel`, { version: 1 })
  t.match(cancelled.body, { state: 'cancelled', counts: { dropped: 1 } })
  t.equal((await call('POST', `/v1/case-imports/${id}/confirm`, { version: 2 })).status, 409)
})

t.test('a row is known again: in the same file, a mended one, a form sent twice', async (t) => {
  const twins = csvOf(HEADER, row('Anggrek'), row('Anggrek'), row('Anggrek', '?'))
  const first = await confirm((await preview(twins)).body.id)
  t.match(first.import.counts, { landed: 2, reported: 1 }, 'two who say the same are two')
  const mended = csvOf(HEADER, row('Anggrek'), row('Anggrek'), row('Anggrek', 'Masculine'))
  const again = (await preview(mended)).body
  t.match(again.counts, { ready: 1, already_here: 2 })
  const known = await read(again.id, '&state=already_here')
  t.same(
    known.items.map((item: { case: string }) => item.case),
    first.items.slice(0, 2).map((item: { case: string }) => item.case),
  )
  const twice = await Promise.all([preview(mended), preview(mended)])
  const both = await Promise.all(
    [again, ...twice.map(({ body }) => body)].map((b) => confirm(b.id)),
  )
  const sum = both.reduce((total, { import: { counts } }) => total + counts.landed, 0)
  t.equal(sum, 1, 'of three imports at once, one makes the case')

  const form = JSON.stringify([{ 'meta/instanceID': 'uuid:7', prs_FirstName: 'Seroja' }])
  await confirm((await preview(form, 'xlsform')).body.id)
  const edited = JSON.stringify([{ 'meta/instanceID': 'uuid:7', prs_FirstName: 'Seroja B.' }])
  t.match((await preview(edited, 'xlsform')).body.counts, { already_here: 1, ready: 0 })
})

t.test('killed anywhere between batches, an import goes on and makes no double', async (t) => {
  const names = Array.from({ length: 60 }, (_, n) => `Teratai ${n}`)
  const { id } = (await preview(csvOf(HEADER, ...names.map((name) => row(name))))).body
  // Another login, so that this hub's own scheduler has nothing to do until the end.
  const db = connect({ url: hub.database.urlOf('titian_cases'), connections: 2 })
  const ctx = {
    db,
    keys: hub.keys,
    now: () => new Date(),
    config: hub.config,
    log: createLog('silent'),
  }
  const fire = (fail: boolean) =>
    db.withActor(HUB, async (tx) => {
      const firing = { key: `${id}/0`, due: new Date(), data: {} }
      await landImports.handle(tx, firing, ctx as unknown as Context)
      if (fail) throw new Error('killed')
    })
  const count = async () => (await read(id)).import.counts
  await admin`update cases.import set state = 'landing', version = 2,
    confirmed_by = ${sender.supervisor.id} where id = ${id}`
  await t.rejects(fire(true), /killed/)
  t.match(await count(), { landed: 0, ready: 60 }, 'a batch that did not commit did not happen')
  await fire(false)
  t.ok((await count()).landed >= 25, 'a batch landed')
  await Promise.all([fire(false), fire(false), fire(false)])
  await db.end()
  const done = await landed(id)
  t.match(done.import.counts, { landed: 60, ready: 0 })
  const ids = new Set(done.items.map((item: { case: string }) => item.case))
  t.equal(ids.size, 60)
  const [made] = await admin`
    select count(distinct subject)::int as cases, count(*)::int as entries from journal.entry
    where type = 'cases.case.opened.v1' and data ->> 'import' = ${id}`
  t.same({ ...made }, { cases: 60, entries: 60 })
})

t.test('files that are no files, bombs and sheets that are too large are refused', async (t) => {
  const refused = async (content: string | Buffer, format: string, why: RegExp) => {
    const answer = await preview(content, format)
    t.equal(answer.status, 400, answer.text.slice(0, 200))
    t.match(answer.body.errors?.[0]?.message, why)
  }
  await refused('no workbook', 'xlsx', /no whole Excel workbook/)
  await refused(Buffer.from([0x50, 0xff, 0xfe]), 'csv', /UTF-8/)
  await refused('a,b\n1,2', 'csv', /no column of HTCDS/)
  await refused('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000), 'xlsform', /nested too deep/)
  await refused('<a><!DOCTYPE x></a>', 'xlsform', /XML/)
  await refused(
    csvOf(['prs_FirstName'], ...Array.from({ length: 2_003 }, () => ['x'])),
    'csv',
    /2000/,
  )
  const long = 'x'.repeat(30_000)
  const cell = (value: string) => ({ value, type: String })
  const rows = Array.from({ length: 100 }, () => Array.from({ length: 10 }, () => cell(long)))
  const names = Array.from({ length: 10 }, (_, n) => cell(n === 0 ? 'prs_FirstName' : `c${n}`))
  const bomb = await writeXlsxFile([names, ...rows]).toBuffer()
  t.ok(bomb.length < 100_000, `${bomb.length} bytes say 30 million letters`)
  await refused(bomb, 'xlsx', /unpacks to too much/)
  const heavy = csvOf(['prs_FirstName', 'cco_Comments'], ['Melur', 'x'.repeat(66_000)])
  const { id } = (await preview(heavy)).body
  t.match((await read(id)).items[0].notes.at(-1).message.en, /at most 64 KiB/)
  const filled = Array.from({ length: 1_999 }, () => row('Dahlia'))
  t.equal((await preview(csvOf(HEADER, ...filled))).body.counts.ready, 1_999)
})

/** A workbook of one sheet with the cells of its second row as they are written. */
const workbookOf = async (cells: string, properties = ''): Promise<Buffer> => {
  const names = ['prs_FirstName', 'prs_Birthdate', 'Kolom lain', 'titian_reference']
  const header = names.map((name) => `<c t="inlineStr"><is><t>${name}</t></is></c>`).join('')
  const parts = {
    'xl/workbook.xml': `<workbook>${properties}<sheets><sheet id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="r1" Target="sheet.xml"/></Relationships>',
    'xl/sheet.xml': `<worksheet><sheetData><row r="1">${header}</row><row r="2">${cells}</row></sheetData></worksheet>`,
  }
  const zip = new ZipFile()
  for (const [name, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), name)
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}

t.test('a cell that cannot be kept is reported with its cure', async (t) => {
  const cell = (at: string, text: string) =>
    `<c r="${at}2" t="inlineStr"><is><t>${text}</t></is></c>`
  const name = cell('A', 'Melur')
  const odd: [string, string, RegExp][] = [
    ['A2', cell('A', 'Mel_x0000_ur'), /cannot be kept/],
    ['B2', `${name}<c r="B2"><v>NaN</v></c>`, /YYYY-MM-DD|no number/],
    ['B2', `${name}<c r="B2"><v>1e999</v></c>`, /no number, or too large/],
    ['C2', `${name}<c r="C2"><v>1e999</v></c>`, /no number, or too large/],
    ['C2', name + cell('C', '_xD800_'), /half of a surrogate pair/],
    ['D2', name + cell('D', 'A_x0000_'), /cannot be kept/],
  ]
  for (const [at, cells, why] of odd) {
    const made = await preview(await workbookOf(cells), 'xlsx')
    t.equal(made.status, 201, `${at} ${made.text}`)
    const [item] = (await read(made.body.id)).items
    t.match(item, { state: 'reported', notes: [{ cell: at, level: 'problem' }] }, at)
    t.match(item.notes[0].message.en, why)
  }
  const infinite = await preview('[{"prs_FirstName":"Melur","extra":1e999}]', 'xlsform')
  t.match(infinite.body.counts, { reported: 1 }, infinite.text)
  const rest = csvOf(['prs_FirstName', 'titian_legal'], ['Melur', '"{""a"":""\\u0000""}"'])
  t.match((await preview(rest)).body.counts, { reported: 1 })
  const header = await preview(csvOf(['prs_FirstName', 'Kolom\0'], ['Melur', 'x']))
  t.match(header.body.errors?.[0]?.message, /name of column 2/)
  t.match((await preview(await workbookOf(name), 'xlsx')).body.counts, { ready: 1 })
})

t.test('days that count from 1904 are refused', async (t) => {
  for (const said of ['1', 'true']) {
    const file = await workbookOf('<c r="B2"><v>40000</v></c>', `<workbookPr date1904="${said}"/>`)
    const answer = await preview(file, 'xlsx')
    t.match(answer, { status: 400, body: { code: 'invalid_request' } })
    t.match(answer.body.errors?.[0]?.message, /1904 date system/)
  }
  const plain = await workbookOf('<c r="B2"><v>40000</v></c>', '<workbookPr date1904="0"/>')
  t.match((await preview(plain, 'xlsx')).body.counts, { ready: 1 })
})

t.test('the same submission twice in a file is one case', async (t) => {
  const sent = { 'meta/instanceID': 'uuid:8', prs_FirstName: 'Wijaya' }
  const file = JSON.stringify([sent, { ...sent, prs_FirstName: 'Wijaya B.' }])
  const { body } = await preview(file, 'xlsform')
  t.match(body.counts, { ready: 1, already_here: 1 })
  t.match((await confirm(body.id)).import.counts, { landed: 1, already_here: 1 })
})

t.test('a workbook with other sheets says that they are not read', async (t) => {
  const template = readFileSync(
    join(import.meta.dirname, 'published', 'excel-validation-v2.0.xlsx'),
  )
  const { id } = (await preview(template, 'xlsx')).body
  t.match((await read(id)).notes, [{ en: /Only the first sheet/ }])
})
