import type { Service } from '../../src/service.ts'
import { followKeys } from './follow-keys.ts'
import { problems } from './problems.ts'
import { pushEvents } from './push-events.ts'
import { agencyKeys } from './routes/agency-keys.ts'
import { answerStopOrder } from './routes/answer-stop-order.ts'
import { consentToSign } from './routes/consent-to-sign.ts'
import { endAgencyKey } from './routes/end-agency-key.ts'
import { endBasis } from './routes/end-basis.ts'
import { getEventStream, putEventStream } from './routes/event-stream.ts'
import { getConsent } from './routes/get-consent.ts'
import { getWithdrawal } from './routes/get-withdrawal.ts'
import { getStatusList } from './routes/get-status-list.ts'
import { keySet } from './routes/key-set.ts'
import { listConsents } from './routes/list-consents.ts'
import { listStopOrders } from './routes/list-stop-orders.ts'
import { listWithdrawals } from './routes/list-withdrawals.ts'
import { pollEvents } from './routes/poll-events.ts'
import { recordBasis } from './routes/record-basis.ts'
import { recordConsent } from './routes/record-consent.ts'
import { withdraw } from './routes/withdraw.ts'
import { sweepAnswers } from './sweep-answers.ts'

export const consent: Service = {
  name: 'consent',
  routes: [
    recordConsent,
    consentToSign,
    listConsents,
    getConsent,
    recordBasis,
    endBasis,
    withdraw,
    listWithdrawals,
    getWithdrawal,
    listStopOrders,
    answerStopOrder,
    pollEvents,
    getEventStream,
    putEventStream,
    getStatusList,
    agencyKeys,
    endAgencyKey,
    keySet,
  ],
  consumers: [],
  jobs: [pushEvents],
  timers: [sweepAnswers, followKeys],
  problems,
  refused: 'consent.change.refused.v1',
}
