import { STAGES, type Purpose, type Stage } from '../../src/contracts/codes.ts'
import type { GapRead, NextAction } from '../../src/contracts/gaps.ts'
import type { SignedVisit } from './visit.ts'

/** How a gap's next step is taken here: a page to go to, or a form whose fields stay out of addresses. */
export interface GapStep {
  readonly label: string
  readonly path: string
  readonly fields: Readonly<Record<string, string>> | null
}

export interface GapSight {
  readonly gap: GapRead
  readonly sentence: string
  readonly steps: readonly GapStep[]
}

type Way = (gap: GapRead, stage: Purpose) => Omit<GapStep, 'label'> | null

const at = (path: (gap: GapRead) => string): Way => {
  return (gap) => ({ path: path(gap), fields: null })
}

const WAYS: Readonly<Record<NextAction['action'], Way>> = {
  find_service: ({ case: id }, purpose) => ({ path: `/cases/${id}/find`, fields: { purpose } }),
  ask_again: ({ case: id, referral }) =>
    referral === null ? null : { path: `/cases/${id}/ask-again`, fields: { referral } },
  record_decline: ({ case: id }, stage) =>
    (STAGES as readonly Purpose[]).includes(stage)
      ? { path: `/cases/${id}/stages/${stage as Stage}/later`, fields: null }
      : null,
  open_referral: ({ referral }) =>
    referral === null ? null : { path: `/referrals/${referral}`, fields: null },
  record_assessment: at(({ case: id }) => `/cases/${id}/record/assessments`),
  record_visit: at(({ case: id }) => `/cases/${id}/record/visits`),
  record_contact_attempt: at(({ case: id }) => `/cases/${id}/record/contact-attempts`),
}

export const gapSight = ({ language }: SignedVisit, gap: GapRead): GapSight => ({
  gap,
  sentence: gap.sentence[language],
  steps: gap.actions.flatMap(({ action, label, stage }) => {
    const way = WAYS[action](gap, stage)
    return way === null ? [] : [{ ...way, label: label[language] }]
  }),
})
