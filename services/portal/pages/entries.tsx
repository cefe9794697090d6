import type { JSX } from 'preact'
import { ENTRY_KINDS, GOAL_STATES, type EntryKind } from '../../../src/contracts/pathway.ts'
import type { EntrySight } from '../pathway-sight.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Empty, Facts, More, Tabs } from '../parts/blocks.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import {
  Choices,
  ErrorSummary,
  PostForm,
  SelectField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { Pill } from '../parts/pill.tsx'
import { useWords, type Key } from '../parts/words.ts'
import { dayFields } from '../record-forms.ts'
import type { Form } from '../visit.ts'

const Contents = (given: {
  readonly id: string
  readonly sight: EntrySight
  /** Whether it stands in a list, where a goal is also followed. */
  readonly isListed?: boolean
}): JSX.Element => {
  const { id, sight, isListed = false } = given
  const t = useWords()
  const { entry } = sight
  return (
    <ul class="links">
      {entry.categories.map((category) => (
        <li key={category}>
          <a href={`/cases/${id}/entries/${entry.id}/data/${category}`}>
            {t('entry.open', { what: t(`category.${category}`) })}
          </a>
        </li>
      ))}
      {isListed && entry.kind === 'goal' && (
        <li>
          <a href={`/cases/${id}/goals/${entry.id}`}>{t('goal.change')}</a>
        </li>
      )}
    </ul>
  )
}

const EntryRow = (given: { readonly id: string; readonly sight: EntrySight }): JSX.Element => {
  const { id, sight } = given
  const t = useWords()
  const { entry } = sight
  return (
    <li class="card">
      <div class="card-top">
        <b>{t(`entry.${entry.kind}`)}</b>
        {sight.state !== null && <Pill look="quiet" icon="dot" text={sight.state} />}
        {sight.isLate && <Pill look="late" icon="clock" text={t('goal.late')} />}
      </div>
      <p class="card-facts">
        {[entry.stage === null ? null : sight.title, sight.day, sight.author, sight.agencies]
          .filter((word) => word !== null && word !== '')
          .join(' · ')}
      </p>
      {sight.due !== null && (
        <p class="card-facts">
          {t(entry.kind === 'goal' ? 'entry.due' : 'entry.look_again', { day: sight.due })}
        </p>
      )}
      <Contents id={id} sight={sight} isListed />
    </li>
  )
}

/** Everything recorded of the pathway, newest first; what it says is opened one by one. */
export const EntriesPage = (given: {
  readonly id: string
  readonly kind: EntryKind | null
  readonly entries: readonly EntrySight[]
  readonly next: string | null
}): JSX.Element => {
  const { id, kind, entries, next } = given
  const t = useWords()
  const at = `/cases/${id}/entries`
  const query = kind === null ? '' : `kind=${kind}&`
  return (
    <>
      <h1>{t('records.all')}</h1>
      <Tabs
        label={t('records.filter')}
        tabs={[
          { path: at, text: t('records.every'), isHere: kind === null },
          ...ENTRY_KINDS.map((each) => ({
            path: `${at}?kind=${each}`,
            text: t(`entry.${each}`),
            isHere: kind === each,
          })),
        ]}
      />
      {entries.length === 0 ? (
        <Empty icon="cases" text={t('records.empty')} />
      ) : (
        <ul class="cards">
          {entries.map((sight) => (
            <EntryRow key={sight.entry.id} id={id} sight={sight} />
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `${at}?${query}after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
      <p>
        <a class="button" href={`/cases/${id}`}>
          {t('form.back')}
        </a>
      </p>
    </>
  )
}

/** A goal: its words are opened; here is said what became of it. */
export const GoalPage = (given: {
  readonly id: string
  readonly sight: EntrySight
  readonly agencies: readonly Option[]
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { id, sight, agencies, wrong, form } = given
  const t = useWords()
  const { entry } = sight
  const { owner } = entry.details
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <p class="soft">{t('entry.goal')}</p>
      <h1>{sight.title}</h1>
      <Facts
        facts={[
          { name: t('goal.owner'), value: sight.agencies },
          { name: t('goal.due'), value: sight.due ?? '' },
          { name: t('goal.set_by'), value: `${sight.author}, ${sight.day}` },
        ]}
      />
      <Contents id={id} sight={sight} />
      <PostForm action={`/cases/${id}/goals/${entry.id}`}>
        <input type="hidden" name="version" value={String(entry.version)} />
        <br />
        <Choices
          type="radio"
          name="state"
          legend={t('goal.became')}
          options={GOAL_STATES.map((value) => ({ value, text: t(`goal.${value}` as Key) }))}
          chosen={form?.list('state') ?? [entry.state ?? 'open']}
          wrong={wrong}
        />
        <SelectField
          name="owner"
          label={t('goal.owner')}
          any={t('goal.same')}
          options={agencies}
          wrong={wrong}
          {...(owner === undefined ? {} : { value: owner })}
        />
        <DayFields
          name="due_on"
          legend={t('goal.due')}
          wrong={wrong}
          value={form?.text ?? dayFields('due_on', entry.due_on ?? '')}
        />
        <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}
