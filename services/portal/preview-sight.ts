import type { Static } from 'typebox'
import type { ReferralPreview } from '../../src/contracts/referral.ts'
import type { SignedVisit } from './visit.ts'
import { languageName } from './names.ts'

export interface PreviewSight {
  readonly preview: Static<typeof ReferralPreview>
  readonly service: string
  readonly agency: string
  /** What the recipient sees at once, as lines of text. */
  readonly atOnce: readonly string[]
  readonly after: readonly string[]
  readonly withheld: readonly string[]
}

/** The three boxes in words, from what the API would serve the recipient. */
export const previewSight = async (
  visit: SignedVisit,
  preview: Static<typeof ReferralPreview>,
): Promise<PreviewSight> => {
  const { t, names } = visit
  const { envelope } = preview
  const [service, agency, sender] = await Promise.all([
    names.service(envelope.service),
    names.agency(envelope.recipient),
    names.agency(envelope.sender),
  ])
  const line = (name: string, value: string): string => `${name}: ${value}`
  const needs = (envelope.needs ?? []).map((need) => t(`need.${need}`)).join(', ')
  const spoken = (envelope.languages ?? [])
    .map((code) => languageName(visit.language, code))
    .join(', ')
  const area = names.area(envelope.district)
  const atOnce = [
    line(t('referral.sender'), sender),
    line(t('referral.purpose'), t(`purpose.${envelope.purpose}`)),
    line(t('send.urgency'), t(`urgency.${envelope.urgency}`)),
    ...(area === '' ? [] : [line(t('referral.area'), area)]),
    ...(envelope.age_band === null ? [] : [line(t('referral.age'), t(`age.${envelope.age_band}`))]),
    ...(spoken === '' ? [] : [line(t('referral.languages'), spoken)]),
    ...(needs === '' ? [] : [line(t('referral.needs'), needs)]),
    line(
      t('send.offered'),
      envelope.categories.map((category) => t(`category.${category}`)).join(', '),
    ),
  ]
  return {
    preview,
    service,
    agency,
    atOnce,
    after: preview.after_acceptance.map((category) => t(`category.${category}`)),
    withheld: preview.withheld.map((category) => t(`category.${category}`)),
  }
}
