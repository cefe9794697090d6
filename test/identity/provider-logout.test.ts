// Goal: what an agency's identity provider says of signing out is followed also when it comes at the moment
// of a sign-in, and asked for again when it could not be judged. Method: a provider that answers as it is
// told, a clock that goes ahead, and the sign-in held open in the database.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { sidOf } from '../../services/identity/oidc/relying-party.ts'
import { identity } from '../../services/identity/service.ts'
import { newId } from '../../src/id.ts'
import { startHub } from '../helpers/hub.ts'
import { asAdmin, newPerson } from '../helpers/identity.ts'
import { startStubProvider, tellSignOut } from '../helpers/stub-provider.ts'
import { until } from '../helpers/until.ts'

let aheadMs = 0
const hub = await startHub(t, {
  services: [identity],
  env: { OUTBOUND_LOOPBACK: 'on' },
  now: () => new Date(Date.now() + aheadMs),
})

t.test('a provider that cannot be asked is asked sparingly, and told to come again', async (t) => {
  const provider = await startStubProvider(t)
  await provider.serve(hub, newId())
  const token = () => provider.token({ sub: 'sari' })
  provider.answer('configuration', { status: 500, body: {} })
  const AWAY = { status: 503, again: '30', body: { error: 'temporarily_unavailable' } }
  const many = await Promise.all([1, 2, 3].map(() => tellSignOut(hub, token())))
  t.match(many, [AWAY, AWAY, AWAY])
  t.same(await tellSignOut(hub, token()), AWAY)
  t.equal(provider.asked.configuration, 1, 'once for all, and its failure is kept')
  provider.answer('configuration', null)
  const keysLost = [
    { status: 500, body: {} },
    { status: 200, body: 'no set' },
    { status: 200, body: { keys: 'none' } },
  ]
  for (const [i, answer] of keysLost.entries()) {
    aheadMs += 31_000
    provider.answer('keys', answer)
    t.same(await tellSignOut(hub, token()), AWAY, JSON.stringify(answer))
    t.same(await tellSignOut(hub, token()), AWAY)
    t.equal(provider.asked.keys, i + 1)
  }
  aheadMs += 31_000
  provider.answer('keys', null)
  t.equal((await tellSignOut(hub, token())).status, 200, 'when it is back')
  t.equal(provider.asked.configuration, 2)
  aheadMs = 0
})

t.test('a sign-in that was on its way when its person signed out does not come in', async (t) => {
  const provider = await startStubProvider(t)
  const person = await newPerson(hub, { agency: newId() })
  await provider.serve(hub, person.agency ?? '', person.id)
  const nowS = Math.floor(Date.now() / 1000)
  const rowOf = (sid: string | null, at = nowS - 5) =>
    JSON.stringify([
      {
        issuer: provider.issuer,
        subject: person.id,
        method: 'provider',
        sid,
        id_hash: randomBytes(32).toString('hex'),
        before: '',
        authenticated_at: at,
      },
    ])
  const open = async (sid: string | null, at?: number) => {
    const [row] = await asAdmin(
      hub,
      (sql) =>
        sql<{ outcome: string }[]>`
          select outcome from identity.open_sessions(${rowOf(sid, at)}::text::jsonb)`,
    )
    return row?.outcome
  }
  const out = async (claims: object) => (await tellSignOut(hub, provider.token(claims))).status
  t.equal(await out({ sid: 'on-its-way' }), 200)
  t.equal(await open('on-its-way'), 'signed_out')
  t.equal(await open('another'), 'ok')
  t.equal(await out({ sub: person.id }), 200)
  t.equal(await open('another'), 'signed_out', 'all of the subject')
  t.equal(await open(null), 'signed_out')
  t.equal(await open('later', nowS + 5), 'ok', 'but for who signs in anew')

  // Both at the same moment: the sign-out waits for the sign-in, and finds it.
  await asAdmin(hub, async (sql) => {
    const ending: Promise<number>[] = []
    await sql.begin(async (tx) => {
      await tx`select from identity.open_sessions(${rowOf('at-once')}::text::jsonb)`
      ending.push(out({ sid: 'at-once' }))
      await until(
        async () => {
          const rows = await asAdmin(
            hub,
            (other) => other`select 1 from pg_locks where locktype = 'advisory' and not granted
              and database = (select oid from pg_database where datname = current_database())`,
          )
          return rows.length > 0
        },
        { what: 'the sign-out to wait' },
      )
    })
    t.equal(await ending[0], 200)
    const left = await sql`select 1 from identity.session
      where person = ${person.id} and sid = 'at-once'`
    t.equal(left.length, 0)
  })
  for (const odd of ['a\u0000b', 'a\ud800', '', 7, 'x'.repeat(256)]) t.equal(sidOf(odd), null)
  t.equal(sidOf('s'), 's')
})
