// Goal: an HSDS package is imported without loss, and each row that is not says why.
// Method: the standard's own examples through the API of a hub with a network of its own in it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { demoServiceOf } from '../../demo/network.ts'
import { readCsv, tableOfFile, writeCsv } from '../../services/directory/hsds/csv.ts'
import type { Table } from '../../services/directory/hsds/relations.ts'
import { createAssembler, createRows, type Document } from '../../services/directory/hsds/rows.ts'
import { schemaErrors, VERSIONS } from '../../services/directory/hsds/standard.ts'
import { directory } from '../../services/directory/service.ts'
import type { ImportLine, ImportRead } from '../../src/contracts/hsds.ts'
import { newId } from '../../src/id.ts'
import { createDemoScene } from '../helpers/demo-scene.ts'

const STANDARD = join(import.meta.dirname, '../../services/directory/hsds/standard')
const { ask, admin } = await createDemoScene(t, [directory])
const WORKER = 'embassy/case_worker'
const HUB = 'hub/hub_administrator'
const IMPORTS = '/v1/directory/hsds-imports'

interface Page {
  readonly total_items: number
  readonly total_pages: number
  readonly size: number
  readonly contents: Document[]
}
const pageOf = async (path: string): Promise<Page> => {
  const { status, body } = await ask(WORKER, 'GET', path)
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body as unknown as Page
}
const examplesOf = (version: string) =>
  readdirSync(join(STANDARD, version, 'examples'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({
      name,
      content: readFileSync(join(STANDARD, version, 'examples', name), 'utf8'),
    }))
const csvOf = (version: string) =>
  readdirSync(join(STANDARD, version, 'examples', 'csv')).map((name) => ({
    name,
    content: readFileSync(join(STANDARD, version, 'examples', 'csv', name), 'utf8'),
  }))

const COLLECTIONS = {
  service_at_location: 'service_at_locations',
  service: 'services',
  organization: 'organizations',
  taxonomy_term: 'taxonomy_terms',
  taxonomy: 'taxonomies',
} as const

const forget = async (): Promise<void> => {
  await admin`delete from directory.hsds_row`
}
const importFiles = async (
  files: readonly object[],
): Promise<{ made: ImportRead; lines: ImportLine[] }> => {
  const previewed = await ask(HUB, 'POST', IMPORTS, { files })
  if (previewed.status !== 201) throw new Error(JSON.stringify(previewed.body))
  const made = previewed.body as unknown as ImportRead
  const { body } = await ask(HUB, 'GET', `${IMPORTS}/${made.id}?limit=500`)
  const applied = await ask(HUB, 'POST', `${IMPORTS}/${made.id}/apply`, { version: made.version })
  t.match(applied.body, { state: 'applied', version: 2 })
  return { made, lines: body['items'] as ImportLine[] }
}

t.test('every JSON example of the standard comes back as it was', async (t) => {
  for (const version of VERSIONS) {
    for (const file of examplesOf(version)) {
      await forget()
      const { made, lines } = await importFiles([file])
      const what = `${version} ${file.name}`
      t.same(
        lines.filter((line) => line.outcome === 'refused'),
        [],
        what,
      )
      const parsed = JSON.parse(file.content) as Document & { contents?: Document[] }
      const tables = Object.keys(COLLECTIONS) as (keyof typeof COLLECTIONS)[]
      const table = tables.find((name) => file.name.startsWith(name))
      if (file.name === 'base.json') {
        t.same(made.counts, { new: 0, changed: 0, same: 0, refused: 0, warnings: 0 })
        continue
      }
      if (table === undefined) continue
      for (const document of parsed.contents ?? [parsed]) {
        const id = String(document['id'])
        if (parsed.contents === undefined) {
          const one = await ask(
            WORKER,
            'GET',
            `/hsds/${COLLECTIONS[table]}/${id}?full_service=true`,
          )
          t.same(one.body, document, what)
        } else {
          const { contents } = await pageOf(`/hsds/${COLLECTIONS[table]}?per_page=100`)
          t.same(
            contents.find((item) => item['id'] === id),
            document,
            what,
          )
        }
      }
      const again = await importFiles([file])
      t.equal(again.made.counts.same, made.counts.new, `${what}: the second time nothing is new`)
    }
  }
})

t.test('the tabular package comes back as it was, and is nested by what it says', async (t) => {
  for (const version of VERSIONS) {
    const { rows, addLine } = createRows()
    for (const { name, content } of csvOf(version)) {
      const table = tableOfFile(name)
      if (table === null) throw new Error(name)
      const lines = readCsv(table, content)
      for (const { document } of lines) addLine(table, document)
      const back = readCsv(table, writeCsv(table, [...(rows.get(table)?.values() ?? [])]))
      t.same(
        back.map((line) => line.document),
        lines.map((line) => line.document),
        `${version} ${name}`,
      )
    }
    await forget()
    const { lines } = await importFiles(csvOf(version))
    t.same(
      lines.filter((line) => line.outcome === 'refused'),
      [],
      version,
    )
    const loose = lines.filter((line) => line.table === 'contact')
    t.match(loose, [{ messages: [{ level: 'warning', field: 'organization_id' }] }], 'said by row')
    const stored = await admin`select tbl, id, own, links from directory.hsds_row`
    for (const { name, content } of csvOf(version)) {
      const table = tableOfFile(name) as Table
      const kept = stored.filter((row) => row['tbl'] === table)
      const csv = writeCsv(
        table,
        kept.map((row) => ({ table, id: row['id'], own: row['own'], links: row['links'] })),
      )
      t.same(
        readCsv(table, csv).map((line) => line.document),
        readCsv(table, content).map((line) => line.document),
        `${version} ${name} from the database`,
      )
    }
    const service = [...(rows.get('service')?.values() ?? [])][0]
    const { body } = await ask(WORKER, 'GET', `/hsds/services/${service?.id}`)
    for (const held of VERSIONS) t.same(schemaErrors(held, 'service', body), [], `nested, ${held}`)
    t.match(body, {
      organization: { name: 'Example Organization Inc.' },
      languages: [{ code: 'ur' }],
    })
    const assembled = createAssembler(rows).document('service', service?.id ?? '', 'full')
    t.same(body, assembled)
  }
  await forget()
  const tabular = examplesOf('3.1').find((file) => file.name === 'tabular.json')
  const { lines } = await importFiles([tabular ?? {}])
  t.equal(lines.length, 21, 'a row of each table')
})

t.test(
  'a preview lists nothing, says what is wrong with each row, and is applied once',
  async (t) => {
    await forget()
    const id = newId()
    const own = demoServiceOf('legal_aid', 'legal')
    const csv = [
      'id,organization_id,name,status',
      `${id},,Dapur umum,active`,
      `${newId()},,Tanpa status,buka`,
      `bukan-uuid,,Nama,active`,
      `${own.id},,Palsu,active`,
      `,,Tanpa id,active`,
    ].join('\n')
    const files = [{ name: 'services.csv', content: csv }]
    const previewed = await ask(HUB, 'POST', IMPORTS, { files })
    t.match(previewed.body, { counts: { new: 1, refused: 4 } })
    t.equal((await pageOf('/hsds/services?search=dapur')).total_items, 0)
    const url = `${IMPORTS}/${String(previewed.body['id'])}`
    const refused = await ask(HUB, 'GET', `${url}?outcome=refused`)
    t.match(refused.body['items'], [
      { line: 3, messages: [{ level: 'error', field: 'status' }] },
      { line: 4, messages: [{ level: 'error', field: 'id' }] },
      {
        line: 5,
        messages: [{ level: 'error', field: 'id', text: { en: /own agency maintains/ } }],
      },
      { line: 6, messages: [{ level: 'error', field: 'id', text: { en: 'It is required.' } }] },
    ])
    const first = await ask(HUB, 'GET', `${url}?limit=2`)
    const second = await ask(HUB, 'GET', `${url}?limit=500&after=${String(first.body['next'])}`)
    t.same(
      [first, second].map((page) => (page.body['items'] as []).length),
      [2, 3],
    )
    const answers = await Promise.all(
      [1, 2].map(() => ask(HUB, 'POST', `${url}/apply`, { version: 1 })),
    )
    t.same(new Set(answers.map((answer) => answer.status)), new Set([200, 409]))
    const { body } = await ask(WORKER, 'GET', `/hsds/services/${id}`)
    t.same(body, { id, name: 'Dapur umum', status: 'active' })
    t.equal((await pageOf('/hsds/services?search=dapur')).total_items, 1)
    const [entry] = await admin`select * from journal.entry order by seq desc limit 1`
    t.match(entry, { type: 'directory.listing.imported.v1', data: { new: 1, refused: 4 } })
    const changed = csv.replace('Dapur umum', 'Dapur bersama')
    t.match(
      (await ask(HUB, 'POST', IMPORTS, { files: [{ name: 'services.csv', content: changed }] }))
        .body,
      {
        counts: { new: 0, changed: 1 },
      },
    )
  },
)

t.test('who may import, and what cannot be read', async (t) => {
  const files = [{ name: 'services.csv', content: 'id,name,status\n' }]
  for (const who of [WORKER, 'legal_aid/supervisor']) {
    t.equal((await ask(who, 'POST', IMPORTS, { files })).status, 403, who)
  }
  t.equal((await ask(HUB, 'GET', `${IMPORTS}/${newId()}`)).status, 404)
  t.equal((await ask(HUB, 'POST', `${IMPORTS}/${newId()}/apply`, { version: 1 })).status, 404)
  for (const [name, content, field] of [
    ['services.csv', 'id,name\n"a', 'files.0.content'],
    ['services.csv', 'id,name\n1,2,3', 'files.0.content'],
    ['things.csv', 'id\n1', 'files.0.name'],
    ['service.json', '{', 'files.0.content'],
    ['data.json', '{"id": "x"}', 'files.0.name'],
  ]) {
    const answer = await ask(HUB, 'POST', IMPORTS, { files: [{ name, content }] })
    t.match(answer, { status: 400, body: { errors: [{ field }] } }, `${name} ${content}`)
  }
  for (const content of ['[]', '7', 'null', '[[[]]]', '{"contents": 5}', '[{"id": 5}]']) {
    const answer = await ask(HUB, 'POST', IMPORTS, { files: [{ name: 'service.json', content }] })
    t.ok(answer.status < 500, `${content} ${answer.status}`)
  }
  const nested = JSON.stringify({ id: newId(), name: 'Nul \u0000', status: 'active' })
  const nul = await ask(HUB, 'POST', IMPORTS, {
    files: [{ name: 'service.json', content: nested }],
  })
  t.ok(nul.status < 500, `NUL within a file: ${nul.status}`)
})
