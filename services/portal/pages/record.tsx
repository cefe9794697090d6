import type { JSX } from 'preact'
import { STAGES, type Stage } from '../../../src/contracts/codes.ts'
import {
  ASSESSMENT_METHODS,
  CONTACT_CHANNELS,
  CONTACT_OUTCOMES,
  ENTRY_PATHS,
  VISIT_OUTCOMES,
  type EntryKind,
} from '../../../src/contracts/pathway.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import {
  Choices,
  ErrorSummary,
  PostForm,
  SelectField,
  TextField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { useWords, type Key } from '../parts/words.ts'
import { dayFields, PLAN_PARTS, today } from '../record-forms.ts'
import type { Form } from '../visit.ts'
import { AssessmentFields } from './record-assessment.tsx'

export interface RecordGiven {
  readonly id: string
  readonly kind: EntryKind
  /** Stages that a person may set now. */
  readonly stages: readonly Stage[]
  readonly agencies: readonly Option[]
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}

/** A day that has been, today unless something else was filled in. */
const PastDay = (given: RecordGiven & { readonly name: string; readonly hint?: Key }) => {
  const { kind, name, hint, wrong, form } = given
  const t = useWords()
  return (
    <DayFields
      name={name}
      legend={t(`entry.${kind}.day` as Key)}
      {...(hint === undefined ? {} : { hint: t(hint) })}
      wrong={wrong}
      value={form?.text ?? dayFields(name, today())}
    />
  )
}

const Words = (given: RecordGiven & { readonly name: string; readonly label: Key }) => {
  const { name, label, wrong, form } = given
  const value = form?.text(name)
  return (
    <TextField
      kind="long"
      name={name}
      label={useWords()(label)}
      maxLength={8000}
      wrong={wrong}
      {...(value === undefined ? {} : { value })}
    />
  )
}

const Codes = (given: {
  readonly of: RecordGiven
  readonly name: string
  readonly legend: Key
  readonly codes: readonly string[]
  readonly words: string
}): JSX.Element => {
  const { of, name, legend, codes, words } = given
  const t = useWords()
  return (
    <Choices
      type="radio"
      name={name}
      legend={t(legend)}
      options={codes.map((value) => ({ value, text: t(`${words}.${value}` as Key) }))}
      chosen={of.form?.list(name) ?? []}
      wrong={of.wrong}
    />
  )
}

const GoalFields = (given: RecordGiven): JSX.Element => {
  const { wrong, form, agencies } = given
  const t = useWords()
  const chosen = (name: string) => {
    const value = form?.text(name)
    return value === undefined ? {} : { value }
  }
  return (
    <>
      <SelectField
        name="stage"
        label={t('goal.stage')}
        options={STAGES.map((value) => ({ value, text: t(`purpose.${value}`) }))}
        wrong={wrong}
        {...chosen('stage')}
      />
      <Words {...given} name="goal" label="goal.goal" />
      <Words {...given} name="actions" label="goal.actions" />
      <SelectField
        name="owner"
        label={t('goal.owner')}
        any={t('goal.own')}
        options={agencies}
        wrong={wrong}
        {...chosen('owner')}
      />
      <DayFields name="due_on" legend={t('goal.due')} wrong={wrong} value={form?.text} />
    </>
  )
}

const ConferenceFields = (given: RecordGiven): JSX.Element => {
  const { agencies, form, wrong } = given
  const t = useWords()
  return (
    <>
      <PastDay {...given} name="held_on" />
      <Choices
        type="checkbox"
        name="agencies"
        legend={t('conference.agencies')}
        options={agencies}
        chosen={form?.list('agencies') ?? []}
        wrong={wrong}
      />
      <Words {...given} name="notes" label="conference.notes" />
      <Words {...given} name="decisions" label="conference.decisions" />
    </>
  )
}

const SafetyFields = (given: RecordGiven): JSX.Element => (
  <>
    {PLAN_PARTS.map((name) => (
      <Words key={name} {...given} name={name} label={`safety.${name}`} />
    ))}
    <DayFields
      name="review_on"
      legend={useWords()('safety.review')}
      wrong={given.wrong}
      value={given.form?.text}
    />
  </>
)

const AttemptFields = (given: RecordGiven): JSX.Element => (
  <>
    <PastDay {...given} name="attempted_at" />
    <Codes
      of={given}
      name="channel"
      legend="attempt.channel"
      codes={CONTACT_CHANNELS}
      words="channel"
    />
    <Codes
      of={given}
      name="outcome"
      legend="attempt.outcome"
      codes={CONTACT_OUTCOMES}
      words="attempt"
    />
    <Words {...given} name="note" label="entry.note" />
  </>
)

const VisitFields = (given: RecordGiven): JSX.Element => (
  <>
    <PastDay {...given} name="visited_on" />
    <Codes of={given} name="outcome" legend="visit.outcome" codes={VISIT_OUTCOMES} words="visit" />
    <Words {...given} name="note" label="entry.note" />
  </>
)

const AssessmentPage = (given: RecordGiven): JSX.Element => (
  <>
    <PastDay {...given} name="assessed_on" />
    <Codes
      of={given}
      name="method"
      legend="assessment.method"
      codes={ASSESSMENT_METHODS}
      words="assessed"
    />
    <AssessmentFields stages={given.stages} wrong={given.wrong} form={given.form} />
  </>
)

const FIELDS: Readonly<Record<EntryKind, (given: RecordGiven) => JSX.Element>> = {
  assessment: AssessmentPage,
  goal: GoalFields,
  conference: ConferenceFields,
  safety_plan: SafetyFields,
  contact_attempt: AttemptFields,
  visit: VisitFields,
}

/** One record of the pathway: what it is for, and what it asks. */
export const RecordPage = (given: RecordGiven): JSX.Element => {
  const { id, kind, wrong } = given
  const t = useWords()
  const Fields = FIELDS[kind]
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t(`entry.${kind}.new`)}</h1>
      <p>{t(`entry.${kind}.text`)}</p>
      <Banner look="calm" icon="lock">
        <p>{t('entry.sealed')}</p>
      </Banner>
      <PostForm action={`/cases/${id}/record/${ENTRY_PATHS[kind]}`}>
        <Fields {...given} />
        <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}
