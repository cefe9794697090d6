import { NOT_NEEDED_REASONS, SETTABLE_STATES } from '../../../src/contracts/case.ts'
import type { Stage } from '../../../src/contracts/codes.ts'
import { Buttons } from '../parts/buttons.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import { Choices, ErrorSummary, PostForm, type Wrong } from '../parts/fields.tsx'
import { useWords } from '../parts/words.ts'
import { dayFields, inDays } from '../record-forms.ts'
import type { Form } from '../visit.ts'

/** Offered as the day to ask again; the person may name another. */
const LATER_DAYS = 30

export const StagePage = (given: {
  readonly id: string
  readonly stage: Stage
  readonly now: string
  readonly wrong: readonly Wrong[]
  readonly form?: Form
}) => {
  const { id, stage, now, wrong, form } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t(`purpose.${stage}`)}</h1>
      <p>{t('stage.text')}</p>
      <PostForm action={`/cases/${id}/stages/${stage}`}>
        <Choices
          type="radio"
          name="state"
          legend={t('stage.legend')}
          options={SETTABLE_STATES.map((value) => ({ value, text: t(`stage.${value}`) }))}
          chosen={[now]}
          wrong={wrong}
        />
        <Choices
          type="radio"
          name="reason"
          legend={t('stage.why')}
          options={NOT_NEEDED_REASONS.map((value) => ({ value, text: t(`stage.reason.${value}`) }))}
          chosen={form?.list('reason') ?? []}
          wrong={wrong}
        />
        <DayFields name="ask_again_on" legend={t('stage.again')} wrong={wrong} value={form?.text} />
        <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}

/** The survivor does not want this now: recorded in one step, and asked again on a day. */
export const LaterPage = (given: {
  readonly id: string
  readonly stage: Stage
  readonly wrong: readonly Wrong[]
  readonly form?: Form
}) => {
  const { id, stage, wrong, form } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('stage.survivor_declined')}</h1>
      <p>
        <b>{t(`purpose.${stage}`)}</b>
      </p>
      <p>{t('stage.later.text')}</p>
      <PostForm action={`/cases/${id}/stages/${stage}/later`}>
        <DayFields
          name="ask_again_on"
          legend={t('stage.later')}
          wrong={wrong}
          value={form?.text ?? dayFields('ask_again_on', inDays(LATER_DAYS))}
        />
        <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}
