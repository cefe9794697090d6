// Goal: what a referral does reaches the pathway of its case by itself.
// Method: the real way round: route, journal, ledger, stream, consumer, stage.
import t from 'tap'
import { audit } from '../services/audit/service.ts'
import { cases } from '../services/cases/service.ts'
import { consent } from '../services/consent/service.ts'
import { referrals } from '../services/referrals/service.ts'
import { callAs, createNetwork } from './helpers/actors.ts'
import { startHub } from './helpers/hub.ts'
import { until } from './helpers/until.ts'

const hub = await startHub(t, { services: [cases, consent, referrals, audit] })
const { sender, recipient } = await createNetwork(hub)
const call = await callAs(hub, sender.worker)
const receive = await callAs(hub, recipient.worker)

t.test('the stage follows the referral, and its withdrawal of consent', async (t) => {
  const opened = await call('POST', '/v1/cases', {
    age_band: 'from_25_to_39',
    stages: [{ stage: 'psychosocial', state: 'needed' }],
  })
  const caseId = opened.body.id as string
  await call('PUT', `/v1/cases/${caseId}/data/identity`, { data: { prs_FirstName: 'Melur' } })
  await call('POST', '/v1/consents', {
    case: caseId,
    status: 'given',
    recipients: [recipient.id],
    purposes: ['psychosocial'],
    categories: ['identity'],
    onward: 'none',
    method: 'witnessed',
    language: 'id',
    notice: { version: '1', sha256: 'd'.repeat(64) },
    interpreter: false,
  })
  const becomes = async (state: string) => {
    await until(
      async () => {
        const { body } = await call('GET', `/v1/cases/${caseId}`)
        return body.stages.some((row: { state: string }) => row.state === state)
      },
      { what: `the stage to be ${state}` },
    )
    t.pass(state)
  }
  await becomes('needed')
  const sent = await call('POST', '/v1/referrals', {
    case: caseId,
    service: recipient.service('psychosocial'),
    urgency: 'normal',
    categories: ['identity'],
  })
  t.equal(sent.status, 201, sent.text)
  await becomes('referred')
  const path = `/v1/referrals/${sent.body.id}`
  t.equal((await receive('POST', `${path}/acknowledge`, { version: 1 })).status, 200)
  const withdrawn = await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  t.same(withdrawn.body.revoked, [sent.body.id])
  await becomes('needed')
})
