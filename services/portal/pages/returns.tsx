import type { JSX } from 'preact'
import { RISKS, WISHES } from '../../../src/contracts/case.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { Choices, ErrorSummary, PostForm, type Wrong } from '../parts/fields.tsx'
import { referenceOf } from '../parts/reference.ts'
import { useWords } from '../parts/words.ts'
import type { ReturnSight } from '../pathway-sight.ts'
import type { Form } from '../visit.ts'

/** The survivor's own wish and the risk, together: a return needs both. */
export const ReturnPage = (given: {
  readonly id: string
  readonly sight: ReturnSight
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { id, sight, wrong, form } = given
  const { read, wishAt, riskAt } = sight
  const t = useWords()
  const since = (at: string | null) => (at === null ? {} : { hint: t('return.recorded', { at }) })
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t(`purpose.${read.purpose}`)}</h1>
      <p>{t('return.text')}</p>
      <PostForm action={`/cases/${id}/returns/${read.purpose}`}>
        <Choices
          type="radio"
          name="wish"
          legend={t('return.wish')}
          {...since(wishAt)}
          options={WISHES.map((value) => ({ value, text: t(`wish.${value}`) }))}
          chosen={form?.list('wish') ?? []}
          wrong={wrong}
        />
        <Choices
          type="radio"
          name="risk"
          legend={t('return.risk')}
          {...since(riskAt)}
          options={RISKS.map((value) => ({ value, text: t(`risk.${value}`) }))}
          chosen={form?.list('risk') ?? []}
          wrong={wrong}
        />
        <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}

/** Recorded; and referrals under way that no longer fit, to be looked at one by one. */
export const ReviewPage = (given: {
  readonly id: string
  readonly referrals: readonly string[]
}): JSX.Element => {
  const { id, referrals } = given
  const t = useWords()
  return (
    <>
      <h1>{t('case.recorded')}</h1>
      <Banner look="wait" icon="warn" role="status" title={t('review.title')}>
        <p>{t('review.text')}</p>
      </Banner>
      <ul class="list">
        {referrals.map((referral) => (
          <li key={referral}>
            <a href={`/referrals/${referral}`}>
              <span class="code">{referenceOf(referral)}</span>
            </a>
          </li>
        ))}
      </ul>
      <p>
        <a class="button" href={`/cases/${id}`}>
          {t('withdraw.back')}
        </a>
      </p>
    </>
  )
}
