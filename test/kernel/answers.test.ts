// Goal: first answers are kept for 7 days and no longer, and a lost race costs the caller nothing.
// Method: old rows in the table itself; a trigger that raises what Postgres raises, once or always.
import { randomUUID } from 'node:crypto'
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { callAs, createNetwork } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { until } from '../helpers/until.ts'

let now = new Date()
const hub = await startHub(t, { services: [cases, consent], now: () => now })
const { sender } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
t.teardown(() => admin.end())
const call = await callAs(hub, sender.worker)

t.test('answers of more than 7 days are swept in batches, by the index', async (t) => {
  await admin`insert into journal.answer (actor, key, route, fingerprint, at)
    select 'a', 'old-' || n, 'r', 'f', now() - interval '7 days 1 minute' from generate_series(1, 250) n`
  await admin`insert into journal.answer (actor, key, route, fingerprint, at)
    select 'a', 'new-' || n, 'r', 'f', now() - interval '6 days 23 hours' from generate_series(1, 5) n`
  const keys = async () => (await admin`select key from journal.answer where actor = 'a'`).length
  const batch = await admin`select journal.sweep_answers(100) as swept`
  t.equal(batch[0]?.['swept'], 100)
  t.equal(await keys(), 155, 'a batch is no larger than it was asked to be')
  now = new Date(now.getTime() + 120_000)
  await until(async () => (await keys()) === 5, { what: 'the timer to sweep the rest' })
  await admin`set enable_seqscan = off`
  const plan = await admin`explain (costs off) select actor, key from journal.answer
    where at < now() - interval '7 days' order by at limit 100`
  t.match(plan.map((row) => row['QUERY PLAN']).join('\n'), /Index Scan (using|on) answer_at/)
  const stranger = postgres(hub.database.urlOf('titian_cases'), { max: 1, onnotice: () => {} })
  await t.rejects(stranger`select journal.sweep_answers(1)`, { code: '42501' })
  await stranger.end()
})

t.test('a transaction that lost a race is begun again, three times at most', async (t) => {
  await admin.unsafe(`
    create sequence public.races;
    grant usage on sequence public.races to public;
    create function public.lose() returns trigger language plpgsql as $$ begin
      if nextval('public.races') <= tg_argv[0]::int then raise exception 'race' using errcode = tg_argv[1]; end if;
      return new;
    end $$`)
  const lose = (times: number, state: string) =>
    admin.unsafe(`
      drop trigger if exists lose on cases.case_record;
      select setval('public.races', 1, false);
      create trigger lose before insert on cases.case_record for each row
        execute function public.lose('${times}', '${state}')`)
  const asked = { age_band: 'from_25_to_39' }
  for (const state of ['40P01', '40001']) {
    await lose(2, state)
    const key = randomUUID()
    const answer = await call('POST', '/v1/cases', asked, { key })
    t.equal(answer.status, 201, `${state}: ${answer.text}`)
    t.same((await call('POST', '/v1/cases', asked, { key })).body, answer.body, 'made once')
    await lose(3, state)
    t.equal((await call('POST', '/v1/cases', asked)).status, 503, 'then the caller is told')
  }
})
