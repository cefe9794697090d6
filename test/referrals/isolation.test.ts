// Goal: who is not a party cannot tell a referral, a consent or a case from nothing.
// Method: every route of the document that takes an id is asked about what is there and about what
// is not, with the same body: the two answers MUST be equal but for the number of the request.
import t from 'tap'
import type { Actor } from '../../src/actor.ts'
import { newId } from '../../src/id.ts'
import { documentedRoutes, type Documented, type Schema } from '../helpers/documented.ts'
import { createScene, withoutInstance } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { hub, network, admin } = scene
const { sender, recipient, other } = network

const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta' }).format()

/** Something that a schema lets through. */
const exampleOf = (schema: Schema): unknown => {
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf?.some(({ type }) => type === 'null') === true) return null
  if (schema.anyOf !== undefined) return exampleOf(schema.anyOf[0] ?? {})
  if (schema.format === 'uuid') return newId()
  if (schema.format === 'date-time') return new Date(Date.now() + 86_400_000).toISOString()
  // Some days must not be past, others not ahead: today, where cases count their days.
  if (schema.format === 'date') return today
  if (schema.type === 'integer') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  if (schema.type === 'array') return schema.minItems ? [exampleOf(schema.items ?? {})] : []
  if (schema.type === 'string') return schema.pattern?.includes('{6,12}') ? 'ABCDEF' : 'abc'
  const names = schema.required ?? []
  return Object.fromEntries(
    names.map((name) => [name, exampleOf(schema.properties?.[name] ?? { type: 'string' })]),
  )
}

const routes = documentedRoutes(hub).filter(({ path }) => path.includes('{id}'))

/** The path with this id; other parameters get an example. */
const pathOf = ({ path, operation }: Documented, id: string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const known = operation.parameters?.find((each) => each.name === name)
    return name === 'id' ? id : String(exampleOf(known?.schema ?? { format: 'uuid' }))
  })

/** What an example made from the schema alone does not get right. */
const RIGHT: Readonly<Record<string, object>> = {
  '/v1/cases/{id}/contact-attempts': { attempted_at: new Date().toISOString() },
  '/v1/cases/{id}/assessments': { findings: { safety: { code_word: 'abc' } } },
}

const bodyOf = ({ path, operation }: Documented): unknown => {
  const schema = operation.requestBody?.content['application/json']?.schema
  if (schema === undefined) return undefined
  const example = exampleOf(schema)
  return typeof example === 'object' ? { ...example, ...RIGHT[path] } : example
}

/** For the hub's own people: no role of an agency gets as far as looking. */
const HUB_ONLY: readonly string[] = ['/v1/referrals/{id}/phone-link']

const rowsOf = () => admin`
  select (select jsonb_agg(r order by r.id) from referrals.referral r) as referrals,
    (select jsonb_agg(c order by c.id) from cases.case_record c) as cases,
    (select jsonb_agg(g order by g.id) from consent.grant g) as grants,
    (select jsonb_agg(g order by g.id) from referrals.break_glass g) as glasses,
    (select jsonb_agg(o order by o.id) from consent.stop_order o) as orders`

/** A referral in each of three states, its case and its consents, and orders to stop. */
const arrange = async (): Promise<Record<string, string[]>> => {
  const call = await scene.as(sender.worker)
  const theirs = await scene.as(recipient.worker)
  const sent = await scene.sent()
  const accepted = await scene.sent()
  await theirs('POST', `/v1/referrals/${accepted.id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${accepted.id}/accept`, { version: 2 })
  const draft = await call('POST', '/v1/referrals/drafts', scene.asked(sent.case))
  const revoked = await scene.sent()
  await theirs('POST', `/v1/referrals/${revoked.id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${revoked.id}/accept`, { version: 2 })
  const scope = { case: revoked.case, scope: 'this_agency', recipient: recipient.id }
  const { withdrawal } = (await call('POST', '/v1/withdrawals', scope)).body
  const urgent = { categories: ['identity'], reason: 'danger_to_life', text: 'Melur' }
  const glass = await theirs('POST', `/v1/referrals/${revoked.id}/break-glass`, urgent)
  const consents = (await call('GET', `/v1/consents?case=${sent.case}`)).body.items
  const supervisor = await scene.as(sender.supervisor)
  const basis = await supervisor('POST', '/v1/lawful-bases', {
    case: sent.case,
    recipient: other.id,
    basis: 'vital_interest',
    legal_reference: 'UU 17/2023 art. 4',
    purpose: 'emergency',
    categories: ['identity'],
    hours: 24,
  })
  const sheet = Buffer.from('prs_FirstName,vic_TypeOfExploitation\nMelur,ForcedLabour\n')
  const imported = await supervisor('POST', '/v1/case-imports', {
    format: 'csv',
    content: sheet.toString('base64'),
  })
  return {
    'break-glass': [glass.body.id],
    'lawful-bases': [basis.body.id],
    'case-imports': [imported.body.id],
    referrals: [sent.id, accepted.id, draft.body.id, revoked.id],
    cases: [sent.case],
    consents: [consents[0].id],
    withdrawals: [withdrawal.id],
    'stop-orders': [withdrawal.orders[0].id],
  }
}

const things = await arrange()
const idsFor = ({ path }: Documented): string[] => {
  const ids = things[path.split('/')[2] ?? '']
  if (ids === undefined) throw new Error(`nothing is there for ${path}`)
  return ids
}

t.test('a third agency gets what it would get for nothing', async (t) => {
  t.ok(routes.length > 30, `${routes.length} routes take an id`)
  const roles: Actor[] = [other.worker, other.supervisor, other.system, other.intake]
  const before = await rowsOf()
  for (const route of routes) {
    const body = bodyOf(route)
    for (const actor of roles) {
      const call = await scene.as(actor)
      const ask = (id: string) => call(route.method, pathOf(route, id), body)
      const absent = await ask(newId())
      const isTheirs = actor === other.supervisor && !HUB_ONLY.includes(route.path)
      const wanted = isTheirs ? [404] : [403, 404]
      t.ok(wanted.includes(absent.status), `${route.method} ${route.path} ${absent.status}`)
      for (const id of idsFor(route)) {
        t.equal(withoutInstance(await ask(id)), withoutInstance(absent), route.path)
      }
    }
  }
  t.same(await rowsOf(), before, 'nothing changed')
})

t.test('who is not signed in gets 401 for both', async (t) => {
  for (const route of routes) {
    const body = bodyOf(route)
    const ask = async (id: string): Promise<string> => {
      const response = await fetch(`${hub.url}${pathOf(route, id)}`, {
        method: route.method,
        headers: {
          'idempotency-key': newId(),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return withoutInstance({ status: response.status, text, body: null, headers: new Headers() })
    }
    const absent = await ask(newId())
    t.match(absent, /^401 /, route.path)
    for (const id of idsFor(route)) t.equal(await ask(id), absent)
  }
})

t.test('lists hold one side and its own cases alone', async (t) => {
  const stranger = await scene.as(other.supervisor)
  for (const side of ['sender', 'recipient']) {
    const { body } = await stranger('GET', `/v1/referrals?side=${side}`)
    t.same(body, { items: [], next: null })
  }
  const [caseId] = things['cases'] ?? []
  const theirs = await scene.as(recipient.supervisor)
  const byCase = await theirs('GET', `/v1/referrals?side=recipient&case=${caseId}`)
  t.same(byCase.body.items, [], 'a recipient does not find a referral by its case')
  const mine = await theirs('GET', '/v1/referrals?side=recipient')
  t.notOk(mine.body.items.some((item: { state: string }) => item.state === 'draft'))
})

t.test('the attempts are on the record, and only their own agency hears of them', async (t) => {
  const told = await admin`
    select concerned, outcome from journal.entry
    where agency = ${other.id} and object = any(${things['referrals'] ?? []}::uuid[])`
  t.ok(told.length > 20)
  t.ok(told.every((row) => row['outcome'] === 'refused' && row['concerned'].join() === other.id))
})
