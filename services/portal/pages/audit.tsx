import type { JSX } from 'preact'
import { OUTCOMES } from '../../../src/contracts/audit.ts'
import { CATEGORIES } from '../../../src/contracts/codes.ts'
import { EVENTS } from '../../../src/contracts/events.ts'
import { Empty, Head, More, Tabs } from '../parts/blocks.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import { ErrorSummary, SelectField, TextField, type Option } from '../parts/fields.tsx'
import { TrailCard } from '../parts/trail-row.tsx'
import { useWords } from '../parts/words.ts'
import type { TrailRow } from '../trail.ts'
import type { TrailFilter } from '../trail-filter.ts'

export type AuditTab = 'unusual' | 'entries' | 'questions' | 'proof'

/** Oversight has the entries and the proof; an agency's reviewers have all parts. */
export const AuditTabs = (given: {
  readonly here: AuditTab | null
  readonly isOversight: boolean
}): JSX.Element => {
  const t = useWords()
  const tabs: readonly AuditTab[] = given.isOversight
    ? ['entries', 'proof']
    : ['unusual', 'entries', 'questions', 'proof']
  return (
    <Tabs
      label={t('audit.tabs')}
      tabs={tabs.map((tab) => ({
        path: tab === 'unusual' ? '/audit' : `/audit/${tab}`,
        text: t(`audit.tab.${tab}`),
        isHere: tab === given.here,
      }))}
    />
  )
}

interface FilterGiven {
  readonly filter: TrailFilter
  readonly agencies: readonly Option[]
  readonly actors: readonly Option[]
  readonly isOversight: boolean
}

const useOptions = (kind: 'type' | 'category' | 'outcome'): readonly Option[] => {
  const t = useWords()
  if (kind === 'category') return CATEGORIES.map((value) => option(value, t(`category.${value}`)))
  if (kind === 'outcome') {
    return OUTCOMES.map((value) => option(value, t(`audit.outcome.${value}`)))
  }
  return EVENTS.map((value) => option(value, t(`event.${value}`))).sort((a, b) =>
    a.text.localeCompare(b.text, t.language),
  )
}
const option = (value: string, text: string): Option => ({ value, text })

const Filter = ({ filter, agencies, actors, isOversight }: FilterGiven): JSX.Element => {
  const t = useWords()
  const { fields, wrong } = filter
  const value = (name: string) => {
    const text = fields.get(name)
    return text === null ? {} : { value: text }
  }
  const orders = (['newest', 'oldest'] as const).map((each) =>
    option(each, t(`audit.order.${each}`)),
  )
  const select = (name: string, label: string, options: readonly Option[]) => (
    <SelectField
      name={name}
      label={label}
      options={options}
      any={t('audit.filter.any')}
      {...value(name)}
    />
  )
  const types = useOptions('type')
  const categories = useOptions('category')
  const outcomes = useOptions('outcome')
  const keep = (field: string): string | undefined => fields.get(field) ?? undefined
  return (
    <details open={!filter.isEmpty || wrong.length > 0}>
      <summary>{t('audit.filter')}</summary>
      <form method="get" action="/audit/entries" class="card">
        {!isOversight && (
          <TextField
            name="case"
            label={t('audit.filter.case')}
            hint={t('audit.filter.case_hint')}
            maxLength={60}
            wrong={wrong}
            {...value('case')}
          />
        )}
        <div class="filters">
          {!isOversight && select('agency', t('audit.filter.agency'), agencies)}
          {!isOversight && select('actor', t('audit.filter.actor'), actors)}
          {select('type', t('audit.filter.type'), types)}
          {!isOversight && select('category', t('audit.filter.category'), categories)}
          {select('outcome', t('audit.filter.outcome'), outcomes)}
          <SelectField name="order" label={t('audit.order')} options={orders} {...value('order')} />
        </div>
        <DayFields name="from" legend={t('audit.filter.from')} wrong={wrong} value={keep} />
        <DayFields name="to" legend={t('audit.filter.to')} wrong={wrong} value={keep} />
        <div class="actions">
          <button class="button main">{t('audit.filter.apply')}</button>
          {!filter.isEmpty && (
            <a class="button" href="/audit/entries">
              {t('audit.filter.clear')}
            </a>
          )}
        </div>
      </form>
    </details>
  )
}

export const EntriesPage = (
  given: FilterGiven & { readonly rows: readonly TrailRow[]; readonly next: string | null },
): JSX.Element => {
  const { filter, rows, next, isOversight } = given
  const t = useWords()
  const onward = new URLSearchParams(filter.fields)
  if (next !== null) onward.set('after', next)
  return (
    <>
      <ErrorSummary wrong={filter.wrong} />
      <Head title={t('audit.title')} />
      <AuditTabs here="entries" isOversight={isOversight} />
      <p class="soft small">{t('audit.reading')}</p>
      <Filter {...given} />
      {rows.length === 0 ? (
        <Empty icon="shield" text={t(filter.isEmpty ? 'audit.filter.none' : 'audit.filter.empty')}>
          {!filter.isEmpty && (
            <a class="button" href="/audit/entries">
              {t('audit.filter.clear')}
            </a>
          )}
        </Empty>
      ) : (
        <ul class="cards">
          {rows.map((row) => (
            <TrailCard key={row.position} row={row} />
          ))}
        </ul>
      )}
      <More path={next === null ? null : `/audit/entries?${onward}`} text={t('list.more')} />
    </>
  )
}
