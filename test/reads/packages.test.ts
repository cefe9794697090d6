// Goal: no category of a package is read without a committed entry of its own.
// Method: as a partner through the API, and as whoever stole the service's password in the database.
import postgres from 'postgres'
import t from 'tap'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { referrals } from '../../services/referrals/service.ts'
import { OPENABLE_STATES } from '../../src/contracts/lifecycle.ts'
import { newId } from '../../src/id.ts'
import { callAs, createNetwork, type Answered, type TestAgency } from '../helpers/actors.ts'
import { startHub } from '../helpers/hub.ts'
import { until } from '../helpers/until.ts'

const hub = await startHub(t, { services: [cases, consent, referrals] })
const { sender, recipient, other } = await createNetwork(hub)
const admin = postgres(hub.database.adminUrl, { max: 3, onnotice: () => {} })
const service = postgres(hub.database.urlOf('titian_referrals'), { max: 10, onnotice: () => {} })
t.teardown(() => Promise.all([admin.end(), service.end()]))
const from = await callAs(hub, sender.worker)
const to = await callAs(hub, recipient.worker)

const CONTENT = { identity: { prs_FirstName: 'Melur' }, safety: { code_word: 'kunang-kunang' } }
const must = ({ status, body, text }: Answered) => {
  if (status >= 300) throw new Error(text)
  return body
}

/** A referral whose package is there; accepted unless told otherwise. */
const handOff = async (isAccepted = true): Promise<{ id: string; case: string }> => {
  const { id: caseId } = must(await from('POST', '/v1/cases', { age_band: 'from_25_to_39' }))
  for (const [category, data] of Object.entries(CONTENT)) {
    must(await from('PUT', `/v1/cases/${caseId}/data/${category}`, { data }))
  }
  const categories = Object.keys(CONTENT)
  const said = {
    case: caseId,
    status: 'given',
    recipients: [recipient.id],
    purposes: ['shelter'],
    categories,
    onward: 'none',
    method: 'written',
    language: 'id',
    notice: { version: '1', sha256: 'a'.repeat(64) },
    interpreter: false,
  }
  must(await from('POST', '/v1/consents', said))
  const asked = {
    case: caseId,
    service: recipient.service('shelter'),
    urgency: 'normal',
    categories,
  }
  const { id } = must(await from('POST', '/v1/referrals', asked))
  if (isAccepted) {
    const { version } = must(await to('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 }))
    must(await to('POST', `/v1/referrals/${id}/accept`, { version }))
  }
  return { id, case: caseId }
}

const openedEntries = (referral: string) => admin<
  { outcome: string; actor: string; agency: string; categories: string[]; access: string }[]
>`
  select outcome, actor, agency, categories, data ->> 'access' as access from journal.entry
  where type = 'referrals.package.opened.v1' and object = ${referral} order by seq`
const open = (id: string, category = 'identity') =>
  to('POST', `/v1/referrals/${id}/package/${category}/open`)

const OPEN = 'select outcome from referrals.open_access($1::text::jsonb)'
const READ = 'select category from referrals.read_payload($1::text::jsonb)'
const rowOf = (id: string, by: TestAgency = recipient, access = newId()) =>
  JSON.stringify([
    {
      i: 0,
      access,
      id,
      category: 'identity',
      agency: by.id,
      actor: by.worker.id,
      states: OPENABLE_STATES,
    },
  ])
const outcomeOf = async (row: string): Promise<unknown> =>
  (await service.unsafe(OPEN, [row]))[0]?.['outcome']
const readsOf = async (row: string): Promise<number> => (await service.unsafe(READ, [row])).length

t.test('each opening has one entry of its own, also at once', async (t) => {
  const { id } = await handOff()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => open(id, n % 2 === 0 ? 'identity' : 'safety')),
  )
  for (const { body } of answers) {
    t.same(body.data, CONTENT[body.category as keyof typeof CONTENT])
  }
  const entries = await openedEntries(id)
  t.same(
    entries.map(({ access, categories }) => `${access} ${categories.join()}`).toSorted(),
    answers.map(({ body }) => `${body.access} ${body.category}`).toSorted(),
  )
  const byWhom = { outcome: 'ok', actor: recipient.worker.id, agency: recipient.id }
  for (const entry of entries) t.match(entry, byWhom)
})

t.test('what is refused leaves no opening', async (t) => {
  const { id } = await handOff(false)
  t.match(await open(id), { status: 409, body: { code: 'not_yet_accepted' } })
  t.equal(await outcomeOf(rowOf(id)), 'state', 'nor by the function itself')
  const accepted = await handOff()
  t.match((await open(accepted.id, 'contact')).status, /^4/, 'what was never sent')
  const absent = `/v1/referrals/${newId()}/package/identity/open`
  const path = `/v1/referrals/${accepted.id}/package/identity/open`
  const stranger = await callAs(hub, other.worker)
  const [theirs, nobodys] = [await stranger('POST', path), await stranger('POST', absent)]
  t.same({ ...theirs.body, instance: 0 }, { ...nobodys.body, instance: 0 })
  for (const by of [sender, other]) t.equal(await outcomeOf(rowOf(accepted.id, by)), 'absent')
  for (const referral of [id, accepted.id]) t.equal((await openedEntries(referral)).length, 0)
  t.equal((await admin`select from referrals.access where referral_id = ${id}`).length, 0)
})

t.test('the service login selects nothing by itself', async (t) => {
  const { id } = await handOff()
  for (const table of ['referrals.package', 'referrals.access', 'cases.datum', 'consent.grant']) {
    await t.rejects(service.unsafe(`select * from ${table}`), { code: '42501' }, table)
  }
  await t.rejects(service.unsafe('select * from journal.entry'), { code: '42501' })
  await t.rejects(service.unsafe(`select referrals.state_of('${id}')`), { code: '42501' })
  for (const verb of [
    'update referrals.access set used_at = null',
    'delete from referrals.access',
  ]) {
    await t.rejects(service.unsafe(verb), { code: '42501' }, verb)
  }
  t.equal((await service.unsafe('select from referrals.referral')).length, 0, 'no actor, no row')
})

t.test('an opening counts once it is committed, and once', async (t) => {
  const { id } = await handOff()
  t.equal(await readsOf(rowOf(id)), 0, 'never opened')

  const together = rowOf(id)
  await service.begin(async (sql) => {
    t.equal((await sql.unsafe(OPEN, [together]))[0]?.['outcome'], 'ok')
    t.equal((await sql.unsafe(READ, [together])).length, 0, 'not committed yet')
  })
  t.equal(await readsOf(together), 1, 'committed')
  t.equal(await readsOf(together), 0, 'used')

  const undone = rowOf(id)
  const rolledBack = service.begin(async (sql) => {
    await sql.unsafe(OPEN, [undone])
    t.equal((await sql.unsafe(READ, [undone])).length, 0)
    throw new Error('roll back')
  })
  await t.rejects(rolledBack, /roll back/)
  t.equal(await readsOf(undone), 0, 'rolled back')

  const inside = rowOf(id)
  await service.begin(async (sql) => {
    await sql.savepoint((point) => point.unsafe(OPEN, [inside]))
    t.equal((await sql.unsafe(READ, [inside])).length, 0, 'a released savepoint is no commit')
    await sql
      .savepoint(async (point) => {
        t.equal((await point.unsafe(READ, [inside])).length, 0, 'nor seen from another one')
        throw new Error('roll back')
      })
      .catch(() => {})
  })
  t.equal(await readsOf(inside), 1, 'it counts with the transaction around it')
  t.equal((await openedEntries(id)).length, 2, 'as many entries as committed openings')
})

t.test('an opening is of one person, one agency and thirty seconds', async (t) => {
  const { id } = await handOff()
  const access = newId()
  t.equal(await outcomeOf(rowOf(id, recipient, access)), 'ok')
  t.equal(await readsOf(rowOf(id, other, access)), 0, 'another agency')
  const [mine] = JSON.parse(rowOf(id, recipient, access)) as [object]
  const colleague = JSON.stringify([{ ...mine, actor: recipient.supervisor.id }])
  t.equal(await readsOf(colleague), 0, 'a colleague')
  await admin`update referrals.access set at = at - interval '31 seconds' where id = ${access}`
  t.equal(await readsOf(rowOf(id, recipient, access)), 0, 'too old')
  await admin`update referrals.access set at = at + interval '5 seconds' where id = ${access}`
  t.equal(await readsOf(rowOf(id, recipient, access)), 1, 'in time')

  const raced = rowOf(id)
  t.equal(await outcomeOf(raced), 'ok')
  const reads = await Promise.all(Array.from({ length: 8 }, () => readsOf(raced)))
  t.equal(reads.filter((count) => count > 0).length, 1, 'of eight at once, one reads')
})

t.test('consent that ends between the two steps ends the opening', async (t) => {
  const handedOff = await handOff()
  const row = rowOf(handedOff.id)
  t.equal(await outcomeOf(row), 'ok')
  must(await from('POST', '/v1/withdrawals', { case: handedOff.case, scope: 'all_sharing' }))
  t.equal(await readsOf(row), 0)
  t.not(await outcomeOf(rowOf(handedOff.id)), 'ok')
})

t.test('a crash between the two steps leaves the entry and gives no content', async (t) => {
  const { id } = await handOff()
  const [gate] = await admin`select ('x' || substr(md5(${id}), 1, 8))::bit(32)::int as n`
  const lock = gate?.['n'] as number
  await admin.unsafe(`
    create function referrals.wait() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(${lock}); return new; end $$;
    create trigger wait before update on referrals.access for each row execute function referrals.wait()`)
  const holder = await admin.reserve()
  t.teardown(() => holder.release())
  await holder`select pg_advisory_lock(${lock})`
  const opening = open(id)
  const waiting = () => admin`
    select pid from pg_locks where locktype = 'advisory' and objid = ${lock}::int::oid and not granted`
  const reader = await until(async () => (await waiting())[0], { what: 'the second step to begin' })
  t.equal((await openedEntries(id)).length, 1, 'on the record before a byte is read')
  await admin`select pg_terminate_backend(${reader['pid'] as number})`
  const answer = await opening
  t.equal(answer.status, 503)
  t.notOk(answer.text.includes('Melur'))
  await holder`select pg_advisory_unlock(${lock})`
  await admin.unsafe('drop trigger wait on referrals.access; drop function referrals.wait()')
  t.equal((await openedEntries(id)).length, 1, 'it stays there')
  const [access] = await admin`select used_at from referrals.access where referral_id = ${id}`
  t.equal(access?.['used_at'], null, 'nothing was read')
  t.equal((await open(id)).status, 200, 'the next opening is another entry')
  t.equal((await openedEntries(id)).length, 2)
})
