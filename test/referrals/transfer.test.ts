// Goal: a transfer moves the case and its consents once, at the hand-over, whoever else acts then.
// Method: hand-overs race withdrawals, openings and acceptances on the same cases.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { network, admin, asked } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const third = await scene.as(other.worker)

/** An accepted transfer to the recipient, and its arrival code. */
const accepted = async (more: object = {}) => {
  const { id, case: caseId } = await scene.sent({ kind: 'transfer', ...more })
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const { code } = (await call('GET', `/v1/referrals/${id}/arrival-code`)).body
  return { id, caseId, code: code as string }
}
const arrive = ({ id, code, version = 3 }: { id: string; code: string; version?: number }) =>
  theirs('POST', `/v1/referrals/${id}/hand-over`, { version, arrival_code: code })
const ownerOf = async (caseId: string) =>
  (await admin`select owner from cases.case_record where id = ${caseId}`)[0]?.['owner'] as string
const everything = (caseId: string) => ({ case: caseId, scope: 'all_sharing' })

t.test('what the old owner sent goes on, and the case is no longer theirs', async (t) => {
  const one = await accepted()
  const legal = asked(one.caseId, { service: other.service('legal'), categories: ['identity'] })
  const sent = (await call('POST', '/v1/referrals', legal)).body
  t.equal((await arrive(one)).status, 200)
  t.equal(await ownerOf(one.caseId), recipient.id)
  const [moved, ...more] = await admin`
    select concerned, agency from journal.entry
    where type = 'cases.case.transferred.v1' and subject = ${one.caseId}`
  t.equal(more.length, 0)
  t.match(moved, { agency: recipient.id, concerned: [sender.id, recipient.id] })
  t.match((await call('POST', '/v1/referrals', legal)).body, { code: 'case_unknown' })
  t.equal((await call('GET', `/v1/cases/${one.caseId}`)).status, 404)
  t.equal((await theirs('GET', `/v1/cases/${one.caseId}`)).status, 200)
  const path = `/v1/referrals/${sent.id}`
  t.equal((await third('POST', `${path}/acknowledge`, { version: 2 })).status, 200)
  t.equal((await third('POST', `${path}/accept`, { version: 3 })).status, 200, 'consent went along')
  t.equal((await third('POST', `${path}/package/identity/open`)).status, 200)
  const { body } = await theirs('POST', '/v1/withdrawals', everything(one.caseId))
  t.ok(body.revoked.includes(sent.id), 'the new owner withdraws what the old one sent')
  t.match((await third('GET', path)).body, { state: 'revoked' })
  t.equal((await third('POST', `${path}/package/identity/open`)).status, 409)
})

t.test('a case moves once: a second transfer of it cannot complete', async (t) => {
  const one = await accepted()
  const again = { service: recipient.service('psychosocial'), kind: 'transfer' }
  const { id } = (await call('POST', '/v1/referrals', asked(one.caseId, again))).body
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  const { code } = (await call('GET', `/v1/referrals/${id}/arrival-code`)).body
  const answers = await Promise.all([arrive(one), arrive({ id, code })])
  t.ok(answers.some((answer) => answer.status === 200))
  t.match(answers.find((answer) => answer.status === 409)?.body, { code: 'ownership_moved' })
  const states = await admin`
    select state, version from referrals.referral where case_id = ${one.caseId} order by state`
  t.match(
    [...states],
    [
      { state: 'accepted', version: 3 },
      { state: 'handed_over', version: 4 },
    ],
  )
  const refused = await admin`
    select from journal.entry where reason = 'ownership_moved' and subject = ${one.caseId}`
  t.equal(refused.length, 1, 'the refusal is on the record')
})

t.test('hand-overs race withdrawals of the same case: nobody waits for ever', async (t) => {
  const rounds = await Promise.all(Array.from({ length: 24 }, () => accepted()))
  const race = rounds.flatMap((one) => [
    arrive(one),
    call('POST', '/v1/withdrawals', everything(one.caseId)),
    theirs('POST', `/v1/referrals/${one.id}/package/identity/open`),
  ])
  const answers = await Promise.all(race)
  const failed = answers.filter((answer) => answer.status >= 500)
  t.same(
    failed.map((answer) => answer.text),
    [],
    'no deadlock',
  )
  for (const [index, { id, caseId }] of rounds.entries()) {
    const [arrival, withdrawal] = [answers[index * 3], answers[index * 3 + 1]]
    const [row] = await admin`
      select r.state, c.owner, (select count(*)::int from consent.grant g
        where g.case_id = c.id and g.status = 'active') as active
      from referrals.referral r join cases.case_record c on c.id = r.case_id where r.id = ${id}`
    const seen = [arrival?.status, withdrawal?.status, row?.['state'], row?.['owner']].join(' ')
    // Whichever comes first: the withdrawal holds, told to the agency that the case has left too.
    const first = `200 200 revoked ${recipient.id}`
    const second = `409 200 revoked ${sender.id}`
    if (![first, second].includes(seen)) t.fail(`${caseId}: ${seen}`)
    t.equal(row?.['active'], 0)
  }
})

t.test('the arrival code: ten tries, then a new one', async (t) => {
  const one = await accepted({ kind: 'referral' })
  const path = `/v1/referrals/${one.id}`
  const wrong = one.code === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA'
  const tries = await Promise.all(
    Array.from({ length: 14 }, () => arrive({ id: one.id, code: wrong })),
  )
  const codes = tries.map((answer) => answer.body.code)
  t.equal(codes.filter((code) => code === 'arrival_code_wrong').length, 10, 'also at once')
  t.equal(codes.filter((code) => code === 'arrival_code_locked').length, 4)
  t.match((await arrive(one)).body, { status: 409, code: 'arrival_code_locked' }, 'the right one')
  t.equal((await theirs('GET', `${path}/arrival-code`)).status, 404, 'never for the recipient')
  t.equal((await theirs('POST', `${path}/arrival-code`, { version: 3 })).status, 404)
  const key = randomUUID()
  const renew = () => call('POST', `${path}/arrival-code`, { version: 3 }, { key })
  const renewed = await Promise.all([renew(), renew(), renew()])
  t.equal(new Set(renewed.map((answer) => answer.text)).size, 1, 'one key, one code')
  const code = renewed[0]?.body.code as string
  t.not(code, one.code)
  t.match((await arrive(one)).body, { code: 'version_conflict', version: 4 }, 'it is a change')
  const late = { ...one, version: 4 }
  t.match((await arrive(late)).body, { code: 'arrival_code_wrong' }, 'the old one is worth nothing')
  const typed = `${code.slice(0, 3).toLowerCase()}-${code.slice(3)} `
  t.equal((await arrive({ ...late, code: typed })).status, 200, 'as people type it')
  t.equal((await renew()).body.code, code, 'the key still has its answer')
  t.equal((await call('POST', `${path}/arrival-code`, { version: 5 })).status, 409)
  t.equal((await call('POST', `${path}/arrival-code`, { version: 5 }, { key: null })).status, 400)
  const told = (await scene.entries(one.id)).filter((entry) => entry.type.includes('renewed'))
  t.equal(told.length, 1)
})

t.test('a transfer of an earlier owner moves nothing by its old code', async (t) => {
  const one = await accepted()
  const legal = asked(one.caseId, {
    service: other.service('legal'),
    kind: 'transfer',
    categories: ['identity'],
  })
  const { id } = (await call('POST', '/v1/referrals', legal)).body
  const path = `/v1/referrals/${id}`
  await third('POST', `${path}/acknowledge`, { version: 1 })
  await third('POST', `${path}/accept`, { version: 2 })
  const old = (await call('GET', `${path}/arrival-code`)).body.code as string
  t.equal((await arrive(one)).status, 200)
  const late = { version: 4, arrival_code: old }
  const refused = await third('POST', `${path}/hand-over`, late)
  t.match(refused.body, { code: 'arrival_code_wrong' }, 'read out by whom the case has left')
  t.equal(await ownerOf(one.caseId), recipient.id)
  const renewed = (await theirs('GET', `${path}/arrival-code`)).body.code as string
  const decided = await third('POST', `${path}/hand-over`, { version: 4, arrival_code: renewed })
  t.equal(decided.status, 200, `the new owner's own decision: ${decided.text}`)
  t.equal(await ownerOf(one.caseId), other.id)
})
