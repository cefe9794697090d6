// Goal: whatever breaks, every socket gets exactly its own agency's 1..n, and a slow agency holds
// up nobody else. Method: a crowd of bare sockets that are cut off at random while the feed grows.
// The long form, with 10,000 events and 200 sockets, is `npm run bench notices`.
import postgres from 'postgres'
import { pino } from 'pino'
import t from 'tap'
import { faultOf, join } from '../../bench/crowd.ts'
import { audit } from '../../services/audit/service.ts'
import { notifications } from '../../services/notifications/service.ts'
import { connectBus } from '../../src/bus.ts'
import { newId } from '../../src/id.ts'
import { startHub } from '../helpers/hub.ts'
import { personToken } from '../helpers/token.ts'
import { until } from '../helpers/until.ts'

const AGENCIES = 5
const SOCKETS = 4
const EVENTS = 1_000
const BATCH = 100

t.test('a crowd with random drops and one slow agency', async (t) => {
  const hub = await startHub(t, { services: [notifications, audit] })
  const sql = postgres(hub.database.adminUrl, { max: 1, onnotice: () => {} })
  const bus = await connectBus({ url: hub.natsUrl, log: pino({ level: 'silent' }) })
  t.teardown(async () => {
    await bus.close()
    await sql.end()
  })
  const agencies = Array.from({ length: AGENCIES }, newId)
  const [slow] = agencies
  const members = await Promise.all(
    agencies.flatMap((agency) =>
      Array.from({ length: SOCKETS }, async () => {
        const token = await personToken(hub, { id: newId(), agency, roles: ['intake_worker'] })
        return join({
          url: hub.url,
          agency,
          token,
          ...(agency === slow ? { itemsPerSecond: 400 } : {}),
        })
      }),
    ),
  )
  t.teardown(() => members.forEach((member) => member.stop()))
  // Every event concerns two agencies: each feed grows by two fifths of them.
  const each = (EVENTS * 2) / AGENCIES
  for (let batch = 0; batch < EVENTS / BATCH; batch += 1) {
    await sql`
      insert into journal.entry (type, actor, concerned, object)
      select 'referrals.referral.sent.v1', 'hub',
             array[(${agencies}::uuid[])[1 + n % ${AGENCIES}], (${agencies}::uuid[])[1 + (n + 1) % ${AGENCIES}]],
             journal.new_id()
        from generate_series(1, ${BATCH}::int) n`
    bus.wake('ledger')
    const quick = members.filter(({ agency }) => agency !== slow)
    const wanted = ((batch + 0.5) * BATCH * 2) / AGENCIES
    await until(() => quick.some(({ numbers }) => numbers.length >= wanted), { what: 'progress' })
    for (const member of members) if (Math.random() < 0.4) member.drop()
  }
  await until(() => members.every(({ numbers }) => numbers.length >= each), {
    what: 'everything to arrive',
    timeoutMs: 60_000,
  })
  for (const member of members) t.equal(faultOf(member, each), null)
  t.ok(members.reduce((sum, member) => sum + member.drops(), 0) > 20, 'connections were cut')
})
