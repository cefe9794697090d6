import { NOT_NEEDED_REASONS, SETTABLE_STATES } from '../../../src/contracts/case.ts'
import type { Stage } from '../../../src/contracts/codes.ts'
import { Buttons } from '../parts/buttons.tsx'
import { DateField } from '../parts/date-field.tsx'
import { Choices, ErrorSummary, PostForm, type Wrong } from '../parts/fields.tsx'
import { useWords } from '../parts/words.ts'

export const StagePage = (given: {
  readonly id: string
  readonly stage: Stage
  readonly now: string
  readonly wrong: readonly Wrong[]
}) => {
  const { id, stage, now, wrong } = given
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
          wrong={wrong}
        />
        <DateField name="again" legend={t('stage.again')} />
        <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}
