import type { JSX } from 'preact'
import { PURPOSES } from '../../../src/contracts/codes.ts'
import { FEEDBACK, NO_NEXT_STEP_REASONS } from '../../../src/contracts/lifecycle.ts'
import { ANSWERS, TOPICS } from '../../../src/contracts/referral-note.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { ClockLine, clockOf } from '../parts/clock.tsx'
import {
  Choices,
  ErrorSummary,
  PostForm,
  SelectField,
  TextField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import { StatePill, UrgencyPill } from '../parts/pill.tsx'
import { referenceOf } from '../parts/reference.ts'
import { useWords, type Key } from '../parts/words.ts'
import { openQuestions, topicWords, type ReferralSight } from '../referral-sight.ts'
import { reasonsFor, type Ask, type Step } from '../steps.ts'
import type { Form, Self } from '../visit.ts'

interface Given {
  readonly sight: ReferralSight
  readonly step: Step
  readonly me: Self
  readonly wrong: readonly Wrong[]
  readonly form?: Form
}

/** Which referral this is about, in one line. */
const About = ({ sight }: { readonly sight: ReferralSight }): JSX.Element => {
  const { referral } = sight
  return (
    <div class="card">
      <div class="card-top">
        <StatePill state={referral.state} />
        <UrgencyPill urgency={referral.urgency} />
        <ClockLine clock={clockOf(referral.state, referral.side, referral.due)} now={Date.now()} />
      </div>
      <p>
        <b>{sight.service}</b>
      </p>
      <p class="card-facts">
        {sight.otherAgency} · <span class="code">{referenceOf(referral.id)}</span>
      </p>
    </div>
  )
}

const Field = (given: Given & { readonly ask: Ask }): JSX.Element => {
  const { ask, step, me, sight, wrong, form } = given
  const t = useWords()
  const value = (name: string) => {
    const text = form?.text(name)
    return text === undefined ? {} : { value: text }
  }
  const { verb } = step
  switch (ask) {
    case 'questions':
      return (
        <Choices
          type="checkbox"
          name="questions"
          legend={t('step.ask.note')}
          options={TOPICS.filter((topic) => topic !== 'category').map((value) => ({
            value,
            text: t(`topic.${value}`),
          }))}
          chosen={form?.list('questions') ?? []}
          wrong={wrong}
        />
      )
    case 'answers':
      return (
        <>
          {openQuestions(sight.referral).map((question, index) => (
            <SelectField
              wrong={wrong}
              key={index}
              name={`answer-${index}`}
              label={topicWords(t, question)}
              options={ANSWERS.map((code) => ({ value: code, text: t(`answer.${code}`) }))}
            />
          ))}
        </>
      )
    case 'reason':
      return (
        <Choices
          type="radio"
          name="reason"
          legend={t(`step.${verb}.why` as Key)}
          options={reasonsFor(me, step).map((code) => ({
            value: code,
            text: t(`reason.${code}` as Key),
          }))}
          chosen={form?.list('reason') ?? []}
          wrong={wrong}
        />
      )
    case 'note':
    case 'note_optional':
      return (
        <TextField
          kind="long"
          name="note"
          label={t(ask === 'note' ? (`step.${verb}.note` as Key) : 'step.note_optional')}
          hint={t('step.note_hint')}
          wrong={wrong}
          {...value('note')}
        />
      )
    case 'suggested':
      return (
        <SelectField
          wrong={wrong}
          name="suggested"
          label={t('step.suggested')}
          any={t('step.suggested_none')}
          options={sight.agencies ?? []}
          {...value('suggested')}
        />
      )
    case 'code':
      return (
        <TextField
          kind="code"
          name="arrival_code"
          label={t('arrival.field')}
          hint={t('arrival.hint')}
          maxLength={12}
          wrong={wrong}
          {...value('arrival_code')}
        />
      )
    case 'review':
      return (
        <DayFields
          name="review_at"
          legend={t('step.review')}
          hint={t('step.review_hint')}
          wrong={wrong}
          value={form?.text}
        />
      )
    case 'feedback':
      return <FeedbackField {...given} />
    case 'next_step':
      return <NextStep {...given} />
  }
}

const FeedbackField = ({ wrong, form }: Given): JSX.Element => {
  const t = useWords()
  return (
    <Choices
      type="radio"
      name="feedback"
      legend={t('step.feedback')}
      hint={t('step.feedback_hint')}
      options={FEEDBACK.map((value) => ({ value, text: t(`feedback.${value}`) }))}
      chosen={form?.list('feedback') ?? []}
      wrong={wrong}
    />
  )
}

const NextStep = ({ wrong, form }: Given): JSX.Element => {
  const t = useWords()
  const options: Option[] = PURPOSES.map((value) => ({ value, text: t(`purpose.${value}`) }))
  const reasons: Option[] = NO_NEXT_STEP_REASONS.map((value) => ({
    value,
    text: t(`no_next.${value}`),
  }))
  return (
    <>
      <Choices
        type="radio"
        name="next_step"
        legend={t('step.next_step')}
        options={[...options, { value: 'none', text: t('step.next_none') }]}
        chosen={form?.list('next_step') ?? []}
        wrong={wrong}
      />
      <Choices
        type="radio"
        name="no_next_step"
        legend={t('step.no_next')}
        hint={t('step.no_next_hint')}
        options={reasons}
        chosen={form?.list('no_next_step') ?? []}
        wrong={wrong}
      />
    </>
  )
}

/** One step: what it means, what it asks, what happens next. */
export const StepPage = (given: Given): JSX.Element => {
  const { sight, step, wrong } = given
  const t = useWords()
  const { referral } = sight
  const back = `/referrals/${referral.id}`
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1 id="main-field">{t(`step.${step.verb}.title`)}</h1>
      <p>{t(`step.${step.verb}.text`)}</p>
      <About sight={sight} />
      <PostForm action={`${back}/${step.path}`}>
        <input type="hidden" name="version" value={String(referral.version)} />
        <br />
        {step.asks.map((ask) => (
          <Field key={ask} {...given} ask={ask} />
        ))}
        <Buttons back={back}>{t(`step.${step.verb}.yes`)}</Buttons>
      </PostForm>
    </>
  )
}

/** Somebody was first, or it cannot be done any more: what is true now, and nothing was lost. */
export const OvertakenPage = ({ sight }: { readonly sight: ReferralSight }): JSX.Element => {
  const t = useWords()
  const { referral } = sight
  return (
    <>
      <h1>{t('overtaken.title')}</h1>
      <Banner look="wait" icon="info" role="status">
        <p>{t('overtaken.text', { state: t(`state.${referral.state}`), at: sight.changed })}</p>
      </Banner>
      <About sight={sight} />
      <div class="actions">
        <a class="button main" href={`/referrals/${referral.id}`}>
          {t('overtaken.open')}
        </a>
        <a class="button" href="/inbox">
          {t('inbox.title')}
        </a>
      </div>
    </>
  )
}
