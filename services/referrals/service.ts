import type { Service } from '../../src/service.ts'
import { callGlassReview } from './glass-review.ts'
import { PROBLEMS } from './problems.ts'
import { followUp, purgeDraft, ring } from './ring.ts'
import { readArrivalCode, renewArrivalCode } from './routes/arrival-code.ts'
import { changeAgreement, listAgreements } from './routes/agreements.ts'
import { approveGlass, endGlass } from './routes/move-glass.ts'
import { askGlass } from './routes/ask-glass.ts'
import { getGlass, listGlass } from './routes/list-glass.ts'
import { openGlass } from './routes/open-glass.ts'
import { readGlassWords } from './routes/read-glass-words.ts'
import { reviewGlass } from './routes/review-glass.ts'
import { draftReferral } from './routes/draft-referral.ts'
import { getProof } from './routes/get-proof.ts'
import { getReferral } from './routes/get-referral.ts'
import { holdPlace, releasePlace } from './routes/hold-place.ts'
import { listReferrals } from './routes/list-referrals.ts'
import { openCategory } from './routes/open-category.ts'
import { openNote } from './routes/open-note.ts'
import { makePhoneLink, usePhoneLink } from './routes/phone-link.ts'
import { previewReferralRoute } from './routes/preview-referral.ts'
import { sendDraft } from './routes/send-draft.ts'
import { sendReferralRoute } from './routes/send-referral.ts'
import { takeStepRoutes } from './routes/take-step.ts'

export const referrals: Service = {
  name: 'referrals',
  routes: [
    sendReferralRoute,
    previewReferralRoute,
    draftReferral,
    sendDraft,
    listReferrals,
    getReferral,
    getProof,
    takeStepRoutes,
    readArrivalCode,
    renewArrivalCode,
    holdPlace,
    releasePlace,
    openCategory,
    askGlass,
    approveGlass,
    endGlass,
    openGlass,
    readGlassWords,
    reviewGlass,
    listGlass,
    getGlass,
    listAgreements,
    changeAgreement,
    openNote,
    makePhoneLink,
    usePhoneLink,
  ],
  consumers: [],
  jobs: [],
  timers: [ring, followUp, purgeDraft, callGlassReview],
  problems: PROBLEMS,
  refused: 'referrals.referral.refused.v1',
}
