// Goal: no hand-off commits after the withdrawal of the consent that it rests on.
// Method: thousands of withdrawals race sends of the same consent; the write-ahead log, decoded in
// commit order, is the judge. The same race with the lock taken out must fail.
import { randomInt, randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import postgres from 'postgres'
import t, { type Test } from 'tap'
import { connect, type Db } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { createDatabase } from '../helpers/database.ts'

const SENDS = 4
const AT_ONCE = 8
const OWNER = newId()
const RECIPIENT = newId()

interface Tally {
  readonly sent: number
  readonly refused: number
  readonly withdrawn: number
  /** Hand-offs that committed after the withdrawal of their grant, by the log. */
  readonly late: number
  /** Withdrawals that the log tells of. */
  readonly seen: number
}

const sendRow = (caseId: string) => ({
  i: 0,
  id: newId(),
  case: caseId,
  kind: 'referral',
  purpose: 'shelter',
  service: newId(),
  sender: OWNER,
  recipient: RECIPIENT,
  urgency: 'urgent',
  basis: 'consent',
  minimum: ['identity'],
  age_band: 'from_25_to_39',
  district: null,
  languages: ['id'],
  needs: [],
  previous: null,
  draft_version: null,
  actor: 'race',
  key: randomUUID(),
  route: 'POST /v1/referrals',
  fingerprint: 'race',
  acknowledge_due: new Date().toISOString(),
  is_gated: false,
  package: [{ category: 'identity', author: OWNER, ciphertext: 'AAAA', wrapped_key: 'AAAA' }],
})

const addGrants = async (sql: postgres.Sql, count: number): Promise<string[]> => {
  const rows = await sql<{ case_id: string }[]>`
    with opened as (
      insert into cases.case_record (id, reference, owner, age_band, opened_by)
      select gen_random_uuid(), gen_random_uuid(), ${OWNER}, 'from_25_to_39', 'race'
      from generate_series(1, ${count}) returning id
    ), written as (
      insert into cases.datum (case_id, category, version, ciphertext, wrapped_key, author, author_agency)
      select id, 'identity', 1, '', '', 'race', ${OWNER} from opened
    )
    insert into consent.grant (id, case_id, owner, recipient, purpose, statement, statement_version,
      statement_digest, categories, ends_at, sensitive_ends_at)
    select gen_random_uuid(), id, ${OWNER}, ${RECIPIENT}, 'shelter',
      gen_random_uuid(), 1, 'digest', '{identity}', now() + interval '1 day', now() + interval '1 day'
    from opened returning case_id`
  return rows.map((row) => row.case_id)
}

/** Sends, lingers for some round trips and commits: the lock must hold until the caller's commit. */
const sendSlowly = (referrals: postgres.Sql, caseId: string, onDecided: () => void) =>
  referrals.begin(async (tx) => {
    const rows = JSON.stringify([sendRow(caseId)])
    const [result] = await tx<{ outcome: string }[]>`
      select outcome from referrals.send(${rows}::text::jsonb)`
    onDecided()
    for (let trips = randomInt(8); trips > 0; trips -= 1) await tx`select 1`
    return result?.outcome
  })

/** The withdrawal starts once a random number of the sends has been decided but not committed. */
const oneRound = async (referrals: postgres.Sql, consent: Db, caseId: string) => {
  const after = randomInt(SENDS + 1)
  let decided = 0
  const moment = new EventEmitter()
  const isTime = once(moment, 'decided')
  const onDecided = (): void => {
    decided += 1
    if (decided >= after) moment.emit('decided')
  }
  const sends = Array.from({ length: SENDS }, () => sendSlowly(referrals, caseId, onDecided))
  if (after > 0) await isTime
  const row = {
    withdrawal: newId(),
    case: caseId,
    agency: OWNER,
    actor: 'race',
    basis: 'consent',
    scope: 'all_sharing',
  }
  const [first] = await consent.call<{ grants: number }>('consent.withdraw', row as never)
  const outcomes = await Promise.all(sends)
  return {
    sent: outcomes.filter((outcome) => outcome === 'ok').length,
    refused: outcomes.filter((outcome) => outcome === 'consent_missing').length,
    withdrawn: first?.grants ?? 0,
  }
}

/** Reads every committed change in commit order; counts hand-offs behind their withdrawal. */
const judge = async (sql: postgres.Sql): Promise<{ late: number; seen: number }> => {
  const changes = await sql<{ data: string }[]>`
    select data from pg_logical_slot_get_changes('race', null, null)
    where data like 'table consent."grant": UPDATE%status[text]:''revoked''%'
       or data like 'table referrals.referral: INSERT%'`
  const ended = new Set<string>()
  let late = 0
  for (const { data } of changes) {
    const isWithdrawal = data.startsWith('table consent."grant"')
    const [, grant = ''] =
      (isWithdrawal ? / id\[uuid\]:'([^']+)'/ : / grant_id\[uuid\]:'([^']+)'/).exec(data) ?? []
    if (isWithdrawal) ended.add(grant)
    else if (ended.has(grant)) late += 1
  }
  return { late, seen: ended.size }
}

const race = async (test: Test, rounds: number, withLock: boolean): Promise<Tally> => {
  const database = await createDatabase(test)
  const sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  const referrals = postgres(database.urlOf('titian_referrals'), { max: 24, onnotice: () => {} })
  const consent = connect({ url: database.urlOf('titian_consent'), connections: 8 })
  const tally = { sent: 0, refused: 0, withdrawn: 0 }
  try {
    if (!withLock) {
      const [source] = await sql<{ text: string }[]>`
        select pg_get_functiondef('consent.hold_grant(jsonb)'::regprocedure) as text`
      const without = (source?.text ?? '').replace('for share of g', '')
      test.not(without, source?.text, 'the lock was there to take out')
      await sql.unsafe(without)
    }
    const cases = await addGrants(sql, rounds)
    await sql`select pg_create_logical_replication_slot('race', 'test_decoding')`
    const lane = async (): Promise<void> => {
      for (let next = cases.pop(); next !== undefined; next = cases.pop()) {
        const round = await oneRound(referrals, consent, next)
        tally.sent += round.sent
        tally.refused += round.refused
        tally.withdrawn += round.withdrawn
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    const verdict = await judge(sql)
    await sql`select pg_drop_replication_slot('race')`
    return { ...tally, ...verdict }
  } finally {
    await Promise.all([referrals.end(), consent.end()])
    await sql.end()
  }
}

t.test('a withdrawal races hand-offs: none commits after it', async (test) => {
  const rounds = 2_000
  const tally = await race(test, rounds, true)
  test.comment(JSON.stringify(tally))
  test.equal(tally.withdrawn, rounds, 'every withdrawal ended its grant')
  test.equal(tally.sent + tally.refused, rounds * SENDS, 'every hand-off was sent or refused')
  test.ok(tally.sent > 0 && tally.refused > 0, 'both sides won some rounds')
  test.equal(tally.seen, rounds, 'the judge saw every withdrawal')
  test.equal(tally.late, 0, 'no hand-off committed behind its withdrawal')
})

t.test('the same race without the lock is caught', async (test) => {
  const tally = await race(test, 200, false)
  test.comment(JSON.stringify(tally))
  test.equal(tally.seen, tally.withdrawn, 'the judge saw every withdrawal')
  test.ok(tally.late > 0, 'hand-offs committed after the withdrawal')
})
