// Goal: an erasure forgets no answer of a stranger, and takes its locks in the order of all others.
// Method: the scene of hand-offs with its ledger; a transaction that holds grant and case meanwhile.
import type postgres from 'postgres'
import t from 'tap'
import { audit } from '../../services/audit/service.ts'
import { createScene } from '../helpers/referral-scene.ts'
import { until } from '../helpers/until.ts'

const scene = await createScene(t, [audit])
const { admin, network } = scene
const worker = await scene.as(network.sender.worker)
const placed = async () => (await admin`select from journal.entry`).length === 0
const erase = async (subject: string, by: postgres.Sql | postgres.TransactionSql = admin) => {
  await by`select * from audit.erase(${JSON.stringify([{ i: 0, subject, agency: null }])}::text::jsonb)`
}

t.test('what was refused names what is of others: their answers stay', async (t) => {
  const caseId = await scene.openCase()
  const asked = scene.asked(caseId)
  t.equal((await worker('POST', '/v1/referrals', asked)).body.code, 'consent_missing')
  await until(placed, { what: 'the refusal to be placed' })
  const answers = { service: network.recipient.service('shelter'), case: caseId }
  for (const [key, of] of Object.entries(answers)) {
    await admin`insert into journal.answer (actor, key, route, fingerprint, status, body)
      values ('somebody', ${key}, 'POST /v1/x', 'x', 200, ${admin.json({ of })})`
  }
  await erase(caseId)
  const left = await admin<
    { key: string }[]
  >`select key from journal.answer where actor = 'somebody'`
  t.same(
    left.map(({ key }) => key),
    ['service'],
  )
})

t.test('it takes the grants first, as a hand-off does', async (t) => {
  const { case: caseId } = await scene.sent()
  await admin.begin(async (tx) => {
    await tx`select from consent.grant where case_id = ${caseId} for share`
    await tx`select from cases.case_record where id = ${caseId} for share`
    const erasing = admin.begin(async (other) => {
      await other`set local lock_timeout = '200ms'`
      await erase(caseId, other)
    })
    await t.rejects(erasing, { code: '55P03', where: /consent\.erase_content/ })
  })
  await erase(caseId)
  const [row] = await admin`select age_band from cases.case_record where id = ${caseId}`
  t.equal(row?.['age_band'], 'unknown')
})
