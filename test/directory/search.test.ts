import t from 'tap'
import { DEMO_AGENCIES, demoAgencyOf, demoServiceOf } from '../../demo/network.ts'
import { directory } from '../../services/directory/service.ts'
import type { ServiceFound } from '../../src/contracts/directory.ts'
import { newId } from '../../src/id.ts'
import { createDemoScene, type Answer } from '../helpers/demo-scene.ts'

const found = (answer: Answer): ServiceFound[] => answer.body['items'] as ServiceFound[]
const SERVICES = '/v1/directory/services'

const WORKER = 'embassy/case_worker'

const { ask, admin } = await createDemoScene(t, [directory])

t.test('who can take this: nearest first, and only who meets everything', async (t) => {
  const near = found(await ask(WORKER, 'GET', `${SERVICES}?stage=shelter&area=98.01`))
  t.same(
    near.map((item) => [item.agency_name_en, item.area_match]),
    [
      ['Example Jasmine Shelter', 'regency'],
      ['Example Orchid Safe House', 'province'],
    ],
  )
  t.same(near[0]?.fits, ['stage', 'area'])
  const narrow = `${SERVICES}?stage=shelter&area=98.01&urgency=emergency&needs=protected_site&needs=pregnancy&language=id&age_band=unknown&gender=Feminine`
  const [only, ...others] = found(await ask(WORKER, 'GET', narrow))
  t.equal(only?.id, demoServiceOf('shelter', 'shelter').id)
  t.same(others, [])
  t.same(only?.fits, ['stage', 'area', 'urgency', 'needs', 'language', 'age_band', 'gender'])
  t.equal(only?.open_now, true, 'always open')
  const none = [
    'stage=shelter&area=98.01&gender=Masculine',
    'stage=shelter&area=98.01&needs=interpreter',
    'stage=shelter&area=97.01',
    'stage=economic&area=98.01&age_band=from_12_to_17',
    'stage=economic&area=98.01&urgency=urgent',
    'stage=psychosocial&area=98&language=en',
  ]
  for (const query of none)
    t.same(found(await ask(WORKER, 'GET', `${SERVICES}?${query}`)), [], query)
  const country = found(await ask(WORKER, 'GET', `${SERVICES}?stage=legal&area=98.01`))
  t.equal(country[0]?.area_match, 'country')
  const every = found(await ask(WORKER, 'GET', `${SERVICES}?limit=100`))
  t.equal(every.length, DEMO_AGENCIES.flatMap((row) => row.services).length, 'nothing asked: all')
  t.match(every[0], { fits: [], area_match: null })
  const abroad = found(await ask(WORKER, 'GET', `${SERVICES}?area=XA`))
  t.same(abroad.map((item) => item.stage).toSorted(), ['identification', 'repatriation', 'shelter'])
})

t.test('pages follow one another without a hole or a repetition', async (t) => {
  const all = found(await ask(WORKER, 'GET', `${SERVICES}?area=98.01&limit=100`))
  t.ok(all.length > 8)
  const seen: ServiceFound[] = []
  let next: unknown = ''
  while (next !== null) {
    const after = next === '' ? '' : `&after=${String(next)}`
    const page = await ask(WORKER, 'GET', `${SERVICES}?area=98.01&limit=2${after}`)
    seen.push(...found(page))
    next = page.body['next']
  }
  t.same(
    seen.map((item) => item.id),
    all.map((item) => item.id),
  )
  const agencies: string[] = []
  next = ''
  while (next !== null) {
    const after = next === '' ? '' : `&after=${String(next)}`
    const page = await ask(WORKER, 'GET', `/v1/directory/agencies?limit=3${after}`)
    agencies.push(...(page.body['items'] as { id: string }[]).map((item) => item.id))
    next = page.body['next']
  }
  t.equal(new Set(agencies).size, DEMO_AGENCIES.length)
  t.equal(agencies.length, DEMO_AGENCIES.length)
  const odd = Buffer.from('[1.5,"a","b"]').toString('base64url')
  t.equal((await ask(WORKER, 'GET', `${SERVICES}?after=${odd}`)).status < 500, true)
  const nul = Buffer.from('[1,"\\u0000","b"]').toString('base64url')
  t.equal((await ask(WORKER, 'GET', `${SERVICES}?after=${nul}`)).status, 400)
  const endless = Buffer.from('[1e999,"a","b"]').toString('base64url')
  t.equal((await ask(WORKER, 'GET', `${SERVICES}?after=${endless}`)).status, 400)
  for (const after of ['nonsense', 'WzFd', 'WyJhIiwiYiIsImMiXQ']) {
    const answer = await ask(WORKER, 'GET', `${SERVICES}?after=${after}`)
    t.equal(answer.status, 400, after)
  }
})

t.test('a confidential agency shows what it serves and nothing of where it is', async (t) => {
  const { id } = demoAgencyOf('shelter').agency
  const agency = await ask(WORKER, 'GET', `/v1/directory/agencies/${id}`)
  t.equal(agency.status, 200)
  t.match(agency.body, { confidential: true, phone: null, area: '98' })
  t.notOk(Object.keys(agency.body).some((key) => /address|street|latitude/.test(key)))
  const service = await ask(WORKER, 'GET', `${SERVICES}/${demoServiceOf('shelter', 'shelter').id}`)
  t.match(service.body, { confidential: true, areas: ['98'] })
  await t.rejects(
    admin`update directory.agency set area = '98.02' where id = ${id}`,
    { code: '23514' },
    'the database refuses a regency',
  )
  t.equal((await ask(WORKER, 'GET', `/v1/directory/agencies/${newId()}`)).status, 404)
  t.equal((await ask(WORKER, 'GET', `${SERVICES}/${newId()}`)).status, 404)
  t.equal((await ask(WORKER, 'GET', `${SERVICES}/not-a-uuid`)).status, 400)
})
