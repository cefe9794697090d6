// Goal: what is generated and committed says what the code says. Cure: npm run generate.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { all } from '../services/all.ts'
import { KERNEL_PROBLEMS } from '../src/problem.ts'
import { environmentDocument, openApiText } from '../src/documents.ts'
import { startHub } from './helpers/hub.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8')

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** Paths of object schemas that let unknown members in or out without saying so. */
const openObjects = (schema: Schema, path: string): string[] => [
  ...(schema.properties !== undefined && schema.additionalProperties !== false ? [path] : []),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    openObjects(inner, `${path}.${name}`),
  ),
  ...(schema.items === undefined ? [] : openObjects(schema.items, `${path}[]`)),
  ...(schema.anyOf ?? []).flatMap((inner) => openObjects(inner, path)),
]

t.test('docs/environment.md is current', async (test) => {
  test.equal(await read('docs/environment.md'), environmentDocument())
})

t.test('docs/openapi.json is current, and every schema in it is closed', async (test) => {
  const hub = await startHub(test, { services: all })
  const document = hub.app.swagger() as unknown as {
    paths: Record<string, Record<string, { requestBody?: unknown; responses?: unknown }>>
  }
  test.equal(await read('docs/openapi.json'), openApiText(document))
  const open: string[] = []
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { requestBody, responses }] of Object.entries(methods)) {
      JSON.parse(JSON.stringify([requestBody, responses]), (key, value: Schema) => {
        if (key === 'schema') open.push(...openObjects(value, `${method} ${path}`))
        return value
      })
    }
  }
  test.same(open, [], 'object schemas without additionalProperties: false')
})

t.test("every problem has a line in its service's README, and the reverse", async (test) => {
  for (const service of all) {
    const text = await read(`services/${service.name}/README.md`)
    for (const code of Object.keys(service.problems)) {
      if (code in KERNEL_PROBLEMS) continue
      test.match(text, `\`${code}\``, `${service.name}: ${code}`)
    }
    const rows = [...text.matchAll(/^\| `([a-z_]+)` \| \d{3} \|/gm)].map((row) => row[1] ?? '')
    for (const code of rows) {
      test.ok(
        code in service.problems || code in KERNEL_PROBLEMS,
        `${service.name} README: ${code}`,
      )
    }
  }
})
