import { cpus, loadavg } from 'node:os'
import { performance } from 'node:perf_hooks'
import postgres from 'postgres'
import {
  AGENCIES,
  prepareDirectory,
  SERVICES,
  type DirectoryField,
  type Question,
} from './directory-field.ts'
import { openPlace, type Place } from './place.ts'

const WARM_UP = 200
const REQUESTS = 1_000
const CLIENTS = [1, 8] as const

type Ask = (question: Question) => Promise<number>

/** By GET: what meets everything, nearest first. */
const search =
  ({ url }: Place, { token }: DirectoryField): Ask =>
  async (question) => {
    const query = new URLSearchParams({
      stage: question.stage,
      area: question.area,
      urgency: question.urgency,
      needs: question.needs[0] ?? '',
      language: question.language,
      age_band: question.age_band,
      gender: question.gender,
    })
    const response = await fetch(`${url}/v1/directory/services?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return await itemsOf(response)
  }

/** By POST: ranked, with reasons and places. */
const match =
  ({ url }: Place, { token }: DirectoryField): Ask =>
  async ({ language, ...question }) => {
    const response = await fetch(`${url}/v1/directory/matches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...question, languages: [language] }),
    })
    return await itemsOf(response)
  }

const itemsOf = async (response: Response): Promise<number> => {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  const { items } = (await response.json()) as { items: unknown[] }
  return items.length
}

/** The conditions of the search alone, on their indexes: no actor, no ranking, no JSON, no HTTP. */
const bare =
  (sql: postgres.Sql): Ask =>
  async ({ stage, area, urgency, needs, language, gender }) => {
    const served = `{${[area, area.slice(0, 2), '*'].map((place) => `${stage}:${place}`).join(',')}}`
    const rows = await sql`
      select s.id from directory.service s join directory.agency a on a.id = s.agency
      where s.active and a.active and s.stage = ${stage}
        and directory.reach(s.stage, s.areas) && ${served}::text[]
        and s.urgencies @> array[${urgency}]::text[] and s.needs @> array[${needs[0] ?? ''}]::text[]
        and s.languages @> array[${language}]::text[]
        and (s.genders = '{}' or s.genders @> array[${gender}]::text[])
      order by s.name_id, s.id limit 26`
    return rows.length
  }

interface Row {
  readonly name: string
  readonly clients: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly per_second: number
  readonly mean_items: number
}

const measure = async (
  name: string,
  clients: number,
  field: DirectoryField,
  ask: Ask,
): Promise<Row> => {
  const times: number[] = []
  let items = 0
  let next = 0
  const client = async (until: number, isCounted: boolean): Promise<void> => {
    while (next < until) {
      const question = field.question(next)
      next += 1
      const from = performance.now()
      const found = await ask(question)
      if (!isCounted) continue
      times.push(performance.now() - from)
      items += found
    }
  }
  const run = (until: number, isCounted: boolean) =>
    Promise.all(Array.from({ length: clients }, () => client(until, isCounted)))
  await run(WARM_UP, false)
  const from = performance.now()
  await run(WARM_UP + REQUESTS, true)
  const seconds = (performance.now() - from) / 1000
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return {
    name,
    clients,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    per_second: times.length / seconds,
    mean_items: items / times.length,
  }
}

const textOf = (rows: readonly Row[], load: number): string => {
  const lines = [
    `directory: ${SERVICES} services of ${AGENCIES} agencies, ${REQUESTS} different questions each, after ${WARM_UP}`,
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'cpu'}, Node ${process.version}, load ${load.toFixed(1)} at the start`,
    '',
    'what                    clients    p50 ms    p99 ms    max ms      per s   items',
  ]
  for (const row of rows) {
    const cells = [
      row.name.padEnd(23),
      String(row.clients).padStart(7),
      row.p50.toFixed(2).padStart(9),
      row.p99.toFixed(2).padStart(9),
      row.max.toFixed(2).padStart(9),
      row.per_second.toFixed(0).padStart(10),
      row.mean_items.toFixed(1).padStart(7),
    ]
    lines.push(cells.join(' '))
  }
  return lines.join('\n')
}

/** Search and matching through HTTP beside the bare indexed query, in the same run. */
export const benchDirectory = async (): Promise<{ json: object; text: string }> => {
  const [load = 0] = loadavg()
  const place = await openPlace()
  try {
    const field = await prepareDirectory(place)
    const connection = { enable_seqscan: false }
    const sql = postgres(place.databaseUrl, { max: 8, onnotice: () => {}, connection })
    const rows: Row[] = []
    try {
      for (const clients of CLIENTS) {
        rows.push(await measure('bare indexed query', clients, field, bare(sql)))
        rows.push(await measure('GET services (search)', clients, field, search(place, field)))
        rows.push(await measure('POST matches (ranked)', clients, field, match(place, field)))
      }
    } finally {
      await sql.end()
    }
    const json = rows.map((row) => ({
      ...row,
      p50: Number(row.p50.toFixed(2)),
      p99: Number(row.p99.toFixed(2)),
    }))
    return { json: { directory: json }, text: textOf(rows, load) }
  } finally {
    await place.close()
  }
}
