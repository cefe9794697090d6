// Goal: agencies, people, programs and keys come in by the right people, two of them where it matters, and
// count when a day has passed. Method: the API of two processes.
import type { JWK } from 'jose'
import t from 'tap'
import { all } from '../../services/all.ts'
import { inviteFirstAdministrators } from '../../services/identity/first-administrators.ts'
import { createTokenSource } from '../../src/client/token.ts'
import type { Scope } from '../../src/contracts/codes.ts'
import { issuerOf } from '../../src/contracts/token.ts'
import { newId } from '../../src/id.ts'
import { callAs, createNetwork, personOf, type Call } from '../helpers/actors.ts'
import { newAccount } from '../helpers/account.ts'
import { startHub } from '../helpers/hub.ts'
import { addressOf, asAdmin, newKey, newPerson, signIn } from '../helpers/identity.ts'
import { createVisitor } from '../helpers/visitor.ts'

const hub = await startHub(t, { services: all })
const replica = await startHub(t, {
  services: all,
  like: hub,
  env: { PUBLIC_URL: hub.config.publicUrl },
})
const network = await createNetwork(hub)
const first = await callAs(hub, personOf(null, 'hub_administrator'))
const second = await callAs(replica, personOf(null, 'hub_administrator'))
const supervisor = await callAs(hub, network.sender.supervisor)
const stranger = await callAs(hub, network.other.supervisor)
const PROPOSALS = '/v1/identity/proposals'
const PEOPLE = '/v1/identity/people'

const propose = async (call: Call, body: object) => (await call('POST', PROPOSALS, body)).body

t.test(
  'an agency is admitted by two administrators, and its first supervisor invites others',
  async (t) => {
    const agency = network.recipient.id
    const admit = { supervisor: 'Orang Contoh', language: 'id' }
    const proposal = await propose(first, { kind: 'agency', agency, admit })
    t.match(proposal, { state: 'open', agency, approved_by: [proposal.proposed_by] })
    const url = `${PROPOSALS}/${proposal.id}/approve`
    t.match((await first('POST', url, { version: 1 })).body, { code: 'already_approved' })
    t.match((await supervisor('POST', url, { version: 1 })).status, 403)
    t.match((await second('POST', url, { version: 7 })).body, { code: 'version_conflict' })
    const { body: done } = await second('POST', url, { version: 1 })
    t.match(done, { state: 'carried_out', version: 2 })
    t.match((await second('POST', url, { version: 2 })).body, { code: 'already_decided' })

    const invitations = `${PEOPLE}/${done.person}/invitations`
    const options = { key: 'the-same-key-again' }
    const { body: invitation } = await first('POST', invitations, undefined, options)
    t.strictSame((await first('POST', invitations, undefined, options)).body, invitation)
    const visitor = createVisitor(addressOf(hub))
    const link = new URL(invitation.link).pathname
    const early = await visitor.get(link)
    t.match(early, { status: 409, html: /belum berlaku/ }, 'not on the first day')
    t.notMatch(early.html, 'name="password"')
    t.equal((await visitor.post({ password: 'x'.repeat(20), code: '000000' }, link)).status, 409)
    await asAdmin(
      hub,
      (sql) => sql`update identity.person set enrols_from = enrols_from - interval '24 hours'
        where id = ${done.person}`,
    )
    t.match((await visitor.get(link)).html, 'Orang Contoh')

    const chief = await callAs(hub, { ...personOf(agency, 'supervisor'), id: done.person })
    const worker = { display_name: 'Pekerja Contoh', roles: ['case_worker'] }
    const { body: added } = await chief('POST', PEOPLE, worker)
    t.match(added, { agency, active: true, enrolled: false, version: 1 })
    t.equal((await chief('POST', `${PEOPLE}/${added.id}/invitations`)).status, 201)
    const listed = await chief('GET', PEOPLE)
    const ids: string[] = listed.body.items.map(({ id }: { id: string }) => id)
    t.same(new Set(ids), new Set([done.person, added.id]))
    t.match((await chief('POST', PEOPLE, { ...worker, roles: ['hub_administrator'] })).status, 400)
    t.equal((await first('POST', PEOPLE, worker)).status, 403, 'an administrator adds nobody alone')
  },
)

t.test('pages of people, and nobody sees those of another agency', async (t) => {
  const names = ['satu', 'dua', 'tiga']
  for (const display_name of names) {
    await supervisor('POST', PEOPLE, { display_name, roles: ['intake_worker'] })
  }
  const { body: page } = await supervisor('GET', `${PEOPLE}?limit=2`)
  t.equal(page.items.length, 2)
  const { body: rest } = await supervisor('GET', `${PEOPLE}?limit=2&after=${page.next}`)
  t.same([rest.items.length, rest.next], [1, null])
  const [{ id, ...person }] = page.items
  const change = { ...person, version: 1 }
  for (const field of ['agency', 'enrolled']) delete change[field]
  for (const [method, path, body] of [
    ['PUT', `${PEOPLE}/ID`, change],
    ['POST', `${PEOPLE}/ID/invitations`, undefined],
    ['POST', `${PEOPLE}/ID/sign-outs`, undefined],
  ] as const) {
    const foreign = await stranger(method, path.replace('ID', id), body)
    const absent = await stranger(method, path.replace('ID', newId()), body)
    t.equal(foreign.status, 404)
    t.same({ ...foreign.body, instance: '' }, { ...absent.body, instance: '' })
  }
  const other = await stranger('GET', `${PEOPLE}?agency=${network.sender.id}`)
  t.same(other.body.items, [], 'the agency asked for is not theirs')
})

t.test('the key of a program needs its fingerprint, heard by two', async (t) => {
  const jwk = await newKey()
  // Without its name, as some tools write a key: then it goes by its thumbprint.
  const publicPart = ({ kty, crv, x, y }: JWK) => ({ kty, crv, x, y })
  const client_id = `test-${newId().slice(-8)}`
  const program = { client_id, jwk: publicPart(jwk), scopes: ['referrals:send'] }
  const asked = { kind: 'program', agency: network.sender.id, program }
  t.equal((await stranger('POST', PROPOSALS, asked)).status, 404, 'for another agency')
  const proposal = await propose(supervisor, asked)
  t.match(proposal.fingerprint, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
  const url = `${PROPOSALS}/${proposal.id}/approve`
  const { fingerprint } = proposal
  const wrong = fingerprint.replace(/^./, (c: string) => (c === 'A' ? 'B' : 'A'))
  for (const heard of [undefined, '', wrong, fingerprint.slice(0, -1)]) {
    const body = heard === undefined ? { version: 1 } : { version: 1, fingerprint: heard }
    t.match((await first('POST', url, body)).body, { code: 'fingerprint_differs' })
  }
  const heard = fingerprint.toLowerCase().replaceAll(' ', '-')
  t.match((await first('POST', url, { version: 1, fingerprint: heard })).body, { state: 'open' })
  t.match((await second('POST', url, { version: 2, fingerprint })).body, { state: 'carried_out' })
  const { body: listed } = await supervisor('GET', '/v1/identity/programs')
  t.match(
    listed.items.find(({ id }: { id: string }) => id === client_id),
    { fingerprint, active: true, waiting: { fingerprint, scopes: ['referrals:send'] } },
  )
  const tokenOf = async (privateJwk: object, ...scopes: Scope[]) => {
    const issuer = issuerOf(hub.config.publicUrl)
    const source = createTokenSource({ issuer, clientId: client_id, privateJwk, scopes })
    return await source.headersFor('GET', `${hub.url}/v1/me`)
  }
  const letRest = () =>
    asAdmin(
      hub,
      (sql) => sql`update identity.client set next_at = next_at - interval '24 hours'
        where id = ${client_id}`,
    )
  await t.rejects(tokenOf(jwk, 'referrals:send'), 'it counts for nothing on the first day')
  await letRest()
  t.ok(await tokenOf(jwk, 'referrals:send'))
  const other = await newKey()
  const wider = { ...program, jwk: publicPart(other), scopes: ['referrals:send', 'audit:read'] }
  const change = await propose(supervisor, { ...asked, program: wider })
  const agree = (call: Call, version: number) =>
    call('POST', `${PROPOSALS}/${change.id}/approve`, { version, fingerprint: change.fingerprint })
  await agree(first, 1)
  t.match((await agree(second, 2)).body, { state: 'carried_out' })
  t.ok(await tokenOf(jwk, 'referrals:send'), 'until then what counted before')
  await t.rejects(tokenOf(other, 'audit:read'))
  await letRest()
  t.ok(await tokenOf(other, 'audit:read'))
  await t.rejects(tokenOf(jwk, 'referrals:send'), 'and then it alone')
  const taken = await propose(await callAs(hub, network.other.supervisor), {
    ...asked,
    agency: network.other.id,
  })
  await first('POST', `${PROPOSALS}/${taken.id}/approve`, { version: 1, fingerprint })
  const late = await second('POST', `${PROPOSALS}/${taken.id}/approve`, { version: 2, fingerprint })
  t.match(late.body, { code: 'name_taken' }, 'a program stays its agency’s')
  const rejected = await second('POST', `${PROPOSALS}/${taken.id}/reject`, { version: 2 })
  t.match(rejected.body, { state: 'rejected' })
})

t.test('a proposal says one thing', async (t) => {
  const agency = network.sender.id
  const hubPerson = { display_name: 'Orang Contoh', role: 'hub_administrator' }
  for (const body of [
    { kind: 'agency', agency },
    { kind: 'agency', agency, hub_person: hubPerson },
    { kind: 'hub_person', agency, hub_person: hubPerson },
    { kind: 'agency', admit: { supervisor: 'x', language: 'id' } },
  ]) {
    t.match((await first('POST', PROPOSALS, body)).body, { code: 'invalid_request' })
  }
  const made = await propose(first, { kind: 'hub_person', hub_person: hubPerson })
  const { body } = await second('POST', `${PROPOSALS}/${made.id}/approve`, { version: 1 })
  t.match(body, { state: 'carried_out' })
  const own = await supervisor('POST', PROPOSALS, { kind: 'hub_person', hub_person: hubPerson })
  t.equal(own.status, 404, 'no supervisor proposes people of the hub')
  const { body: page } = await supervisor('GET', PROPOSALS)
  t.ok(page.items.every((item: { agency: string }) => item.agency === agency))
})

t.test('what matters asks for a recent proof', async (t) => {
  const person = await newPerson(hub, { agency: null, roles: ['hub_administrator'] })
  const cookie = await signIn(hub, person)
  await asAdmin(
    hub,
    (sql) => sql`update identity.session set authenticated_at = now() - interval '6 minutes'
      where person = ${person.id}`,
  )
  const response = await fetch(`${hub.url}${PROPOSALS}`, {
    method: 'POST',
    headers: {
      cookie,
      origin: hub.config.publicUrl,
      'content-type': 'application/json',
      'idempotency-key': newId(),
    },
    body: JSON.stringify({
      kind: 'hub_person',
      hub_person: { display_name: 'x', role: 'oversight_reviewer' },
    }),
  })
  t.match(await response.json(), { code: 'step_up_needed' })
})

t.test('a hub begins with two invitations, and offers none once both are redeemed', async (t) => {
  const empty = await startHub(t, { services: all })
  const begin = () =>
    asAdmin(empty, (sql) => inviteFirstAdministrators(sql, empty.config.publicUrl))
  const pathsOf = (lines: readonly string[]) =>
    lines
      .filter((line) => line.includes('/invitation/'))
      .map((line) => new URL(line.trim()).pathname)
  const early = pathsOf(await begin())
  t.equal(early.length, 2)
  const paths = pathsOf(await begin())
  t.equal(paths.length, 2)
  const visitor = createVisitor(addressOf(empty))
  t.equal((await visitor.get(early[0] ?? '')).status, 404, 'the next start replaces them')
  const [person] = await asAdmin(
    empty,
    (sql) => sql<{ id: string }[]>`select id from identity.person order by id`,
  )
  const id = person?.id ?? ''
  await newAccount(empty, { id, agency: null, link: () => Promise.resolve('') })
  t.equal(pathsOf(await begin()).length, 1)
  const people = await asAdmin(empty, (sql) => sql`select 1 from identity.person`)
  t.equal(people.length, 2)
})
