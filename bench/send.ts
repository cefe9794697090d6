import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { loadavg, cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { prepareField, type Field } from './cases.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import { findPgbench, runPgbench, writeScript } from './pgbench.ts'
import { openPlace, type Place } from './place.ts'

const CLIENTS = [1, 8, 32] as const
const RUNS = 3
const SECONDS = 5

/**
 * The statement that the hub runs for a hand-off, by itself: one call of referrals.send for one
 * hand-off of one of the same cases, to a service of its own, with the same package size. One that is
 * not admitted divides by zero, so that refusals are never counted.
 */
const scriptOf = (field: Field): string => `
\\set n random(1, ${field.cases.length})
select 1 / (outcome = 'ok')::int from referrals.send(jsonb_build_array(jsonb_build_object(
  'i', 0, 'id', gen_random_uuid(), 'case', (select id from bench.cases where n = :n),
  'kind', 'referral', 'purpose', 'shelter', 'service', gen_random_uuid(), 'sender', '${field.sender}',
  'recipient', '${field.recipient}', 'urgency', 'urgent', 'basis', 'consent',
  'minimum', '["identity"]'::jsonb, 'age_band', 'from_25_to_39', 'languages', '[]'::jsonb,
  'needs', '[]'::jsonb, 'actor', 'pgbench', 'key', gen_random_uuid(), 'route', 'POST /v1/referrals',
  'fingerprint', 'pgbench', 'acknowledge_due', now(), 'package', (select package from bench.package))));
`

const prepareScript = async (place: Place, field: Field): Promise<string> => {
  await place.admin.unsafe('create schema bench')
  await place.admin`create table bench.cases as
    select row_number() over ()::int as n, id from unnest(${[...field.cases]}::uuid[]) as id`
  await place.admin.unsafe('alter table bench.cases add primary key (n)')
  await place.admin.unsafe(`create table bench.package as
    select jsonb_agg(jsonb_build_object('category', category, 'author', author_agency,
      'ciphertext', encode(ciphertext, 'base64'), 'wrapped_key', encode(wrapped_key, 'base64'))) as package
    from (select * from cases.datum order by case_id limit 2) one`)
  const path = join(place.config.dataDir, 'send.pgbench.sql')
  await writeScript(path, scriptOf(field))
  return path
}

/** Until the ledger has placed everything, so that one run's work is not paid in the next. */
const settle = async (place: Place): Promise<void> => {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const [row] = await place.admin<{ waiting: boolean }[]>`
      select exists (select from journal.entry) as waiting`
    if (row?.waiting === false) return
    await pause(100)
  }
  throw new Error('the ledger did not catch up within 2 minutes')
}

const ask = async (child: ChildProcess, order: LoadOrder): Promise<LoadResult> => {
  child.send(order)
  const [result] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the load generator ended')
    }),
  ])) as [LoadResult]
  return result
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

interface Row {
  readonly clients: number
  readonly perSecond: number
  readonly pgbench: number
  readonly ratio: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly runs: readonly { readonly hub: number; readonly pgbench: number }[]
}

const measure = async (place: Place, field: Field, clients: number, next: { n: number }) => {
  const program = findPgbench(process.env['PATH'] ?? '')
  const scriptPath = join(place.config.dataDir, 'send.pgbench.sql')
  const child = fork(join(import.meta.dirname, 'load.ts'), { execArgv: ['--import', 'tsx'] })
  const runs: { hub: number; pgbench: number; p50: number; p99: number }[] = []
  try {
    for (let turn = 0; turn <= RUNS; turn += 1) {
      const order = {
        url: place.url,
        clients,
        seconds: turn === 0 ? 2 : SECONDS,
        first: next.n,
        ...field,
      }
      const load = await ask(child, order)
      if (load.failed > 0) throw new Error(`${load.failed} hand-offs were not accepted`)
      next.n = load.next
      await settle(place)
      const pgbench = await runPgbench({
        program,
        databaseUrl: place.databaseUrl,
        scriptPath,
        clients,
        seconds: order.seconds,
      })
      await settle(place)
      // The first turn warms both up and is not counted.
      if (turn > 0) {
        runs.push({ hub: load.sent / load.seconds, pgbench, p50: load.p50Ms, p99: load.p99Ms })
      }
    }
  } finally {
    child.kill()
  }
  const row: Row = {
    clients,
    perSecond: median(runs.map((run) => run.hub)),
    pgbench: median(runs.map((run) => run.pgbench)),
    ratio: median(runs.map((run) => run.hub / run.pgbench)),
    p50Ms: median(runs.map((run) => run.p50)),
    p99Ms: median(runs.map((run) => run.p99)),
    runs: runs.map(({ hub, pgbench }) => ({ hub: Math.round(hub), pgbench: Math.round(pgbench) })),
  }
  return row
}

const textOf = (rows: readonly Row[], load: number): string => {
  const lines = [
    `send: POST /v1/referrals to 201, beside pgbench with the same statement, one transaction each`,
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'cpu'}, Node ${process.version}, load ${load.toFixed(1)} at the start,` +
      ` medians of ${RUNS} runs of ${SECONDS} s, in turn`,
    '',
    'clients   hand-offs/s   p50 ms   p99 ms   pgbench/s   ratio   runs (hub/pgbench)',
  ]
  for (const row of rows) {
    const cells = [
      String(row.clients).padStart(7),
      row.perSecond.toFixed(0).padStart(13),
      row.p50Ms.toFixed(1).padStart(8),
      row.p99Ms.toFixed(1).padStart(8),
      row.pgbench.toFixed(0).padStart(11),
      row.ratio.toFixed(2).padStart(7),
    ]
    lines.push(
      `${cells.join(' ')}   ${row.runs.map((run) => `${run.hub}/${run.pgbench}`).join(' ')}`,
    )
  }
  return lines.join('\n')
}

/** Hand-offs per second at 1, 8 and 32 clients, each as a ratio to pgbench in the same run. */
export const benchSend = async (): Promise<{ json: object; text: string }> => {
  findPgbench(process.env['PATH'] ?? '')
  const [load = 0] = loadavg()
  const place = await openPlace()
  try {
    const field = await prepareField(place)
    await prepareScript(place, field)
    const rows: Row[] = []
    const next = { n: 0 }
    for (const clients of CLIENTS) rows.push(await measure(place, field, clients, next))
    const json = Object.fromEntries(
      rows.map((row) => [
        `clients${row.clients}`,
        {
          ratio: Number(row.ratio.toFixed(3)),
          per_second: Math.round(row.perSecond),
          pgbench: Math.round(row.pgbench),
        },
      ]),
    )
    return { json: { send: json }, text: textOf(rows, load) }
  } finally {
    await place.close()
  }
}
