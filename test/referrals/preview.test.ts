// Goal: a preview shows what the recipient will be served, is refused as the send would be, and leaves
// nothing. Method: preview, then send the same, and compare with what the recipient reads.
import t from 'tap'
import { createScene } from '../helpers/referral-scene.ts'

const scene = await createScene(t)
const { network } = scene
const worker = await scene.as(network.sender.worker)
const recipient = await scene.as(network.recipient.worker)

/** Without what only a referral that was really sent has, or has at another moment. */
const lasting = (row: Record<string, unknown>): object => {
  const { id: _id, sent_at: _sent, changed_at: _changed, due: _due, notes: _notes, ...rest } = row
  return rest
}

t.test('the preview is what the recipient is served', async (t) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId)
  const asked = scene.asked(caseId, { categories: ['identity', 'safety', 'documents'] })
  const preview = await worker('POST', '/v1/referrals/preview', asked)
  t.equal(preview.status, 200, preview.text)
  t.same(preview.body.after_acceptance, ['identity', 'safety'])
  t.same(preview.body.withheld, ['documents'])
  const [counted] = await scene.admin<{ rows: number }[]>`
    select count(*)::int as rows from referrals.referral where id = ${preview.body.envelope.id}`
  t.equal(counted?.rows, 0, 'no referral')
  t.same(await scene.entries(preview.body.envelope.id), [], 'no entry')
  const sent = await worker('POST', '/v1/referrals', asked)
  t.equal(sent.status, 201, sent.text)
  t.same(sent.body.dropped, preview.body.withheld)
  const served = await recipient('GET', `/v1/referrals/${sent.body.id}`)
  t.same(lasting(preview.body.envelope), lasting(served.body))
  t.equal((await worker('POST', '/v1/referrals/preview', asked)).body.code, 'open_referral_exists')
})

t.test('it is refused as a send would be', async (t) => {
  const caseId = await scene.openCase()
  const refused = await worker('POST', '/v1/referrals/preview', scene.asked(caseId))
  t.equal(refused.status, 422)
  t.equal(refused.body.code, 'consent_missing')
  const foreign = await recipient('POST', '/v1/referrals/preview', scene.asked(caseId))
  t.equal(foreign.body.code, 'own_service')
  const other = await scene.as(network.other.worker)
  const absent = await other('POST', '/v1/referrals/preview', scene.asked(caseId))
  t.equal(absent.body.code, 'case_unknown')
  const intake = await scene.as(network.sender.intake)
  t.equal((await intake('POST', '/v1/referrals/preview', scene.asked(caseId))).status, 403)
})
