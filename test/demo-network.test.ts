import { chmod, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { DEMO_AGENCIES, demoAgencyOf } from '../demo/network.ts'
import { seed } from '../demo/seed.ts'
import { PURPOSES } from '../src/contracts/codes.ts'
import { newId } from '../src/id.ts'
import { createDemoScene } from './helpers/demo-scene.ts'

const { admin, keysFolder } = await createDemoScene(t, [])

t.test('the demonstration network', async (t) => {
  const options = { sql: admin, keysFolder }
  const stages = new Set(DEMO_AGENCIES.flatMap((agency) => agency.services.map((row) => row.stage)))
  t.same([...stages].toSorted(), [...PURPOSES].toSorted(), 'somebody can take every purpose')
  for (const { agency } of DEMO_AGENCIES) {
    t.match(agency.name_id, /^Contoh /)
    t.match(agency.name_en, /^Example /)
  }
  const registered = async (client: string) => {
    const [row] = await admin`select jwks, scopes, agency from identity.client where id = ${client}`
    return row ?? {}
  }
  const { client, agency } = demoAgencyOf('embassy')
  const path = join(keysFolder, `${client}.jwk`)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  const key = JSON.parse(await readFile(path, 'utf8')) as { x: string; d: string }
  const before = await registered(client)
  t.match(before, { agency: agency.id, jwks: { keys: [{ x: key.x, kty: 'EC', crv: 'P-256' }] } })
  t.notMatch(JSON.stringify(before), key.d, 'the private part stays in its file')
  t.equal(before['scopes'].length, 4)
  const people =
    await admin`select roles[1] as role, count(*)::int as n from identity.person group by 1`
  t.same(Object.fromEntries(people.map((row) => [row['role'], row['n']])), {
    intake_worker: DEMO_AGENCIES.length,
    case_worker: DEMO_AGENCIES.length,
    supervisor: DEMO_AGENCIES.length,
    reviewer: DEMO_AGENCIES.length,
    oversight_reviewer: 1,
    hub_administrator: 2,
  })

  t.same(
    await Promise.all([seed(options), seed(options)]),
    ['present', 'present'],
    'a repetition changes nothing',
  )
  t.same(await registered(client), before)
  await rm(path)
  await chmod(join(keysFolder, `${demoAgencyOf('health').client}.jwk`), 0o644)
  t.equal(await seed(options), 'present')
  const after = await registered(client)
  t.notSame(after['jwks'], before['jwks'], 'a lost key is replaced')
  t.equal(
    (await stat(join(keysFolder, `${demoAgencyOf('health').client}.jwk`))).mode & 0o777,
    0o600,
  )

  await admin`truncate directory.service, directory.agency, identity.client, identity.person cascade`
  await admin`insert into directory.agency ${admin({
    ...agency,
    id: newId(),
    hours: admin.json(agency.hours),
  })}`
  t.equal(await seed(options), 'foreign')
  t.same(await admin`select 1 from identity.client`, [], 'a hub of others is left alone')
})
