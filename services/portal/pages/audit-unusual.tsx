import type { JSX } from 'preact'
import type { ReviewMark, RuleName, RuleRead } from '../../../src/contracts/audit-review.ts'
import type { Static } from 'typebox'
import { Banner, Head, Tabs } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { Pill } from '../parts/pill.tsx'
import { TrailCard } from '../parts/trail-row.tsx'
import { useWords } from '../parts/words.ts'
import type { TrailRow } from '../trail.ts'
import { AuditTabs } from './audit.tsx'

export type Mark = Static<typeof ReviewMark>['verdict']
export const MARKS: readonly Mark[] = ['reviewed', 'reason_asked']

export interface UnusualRow {
  readonly row: TrailRow
  readonly rules: readonly RuleName[]
  readonly verdict: Mark | null
}

export interface UnusualGiven {
  readonly rows: readonly UnusualRow[]
  readonly rules: readonly RuleRead[]
  readonly days: number
  readonly withReviewed: boolean
  readonly done: Mark | null
}

export const DAYS = [7, 30, 90, 366] as const

const Marks = (given: { readonly item: UnusualRow; readonly back: string }): JSX.Element | null => {
  const { item, back } = given
  const t = useWords()
  if (item.row.n === null || item.verdict === 'reviewed') return null
  const offered = item.row.isOurs && item.verdict === null ? MARKS : (['reviewed'] as const)
  return (
    <PostForm action={`/audit/entries/${item.row.n}/review`}>
      <input type="hidden" name="back" value={back} />
      <div class="actions">
        {offered.map((mark) => (
          <button key={mark} class="button" name="verdict" value={mark}>
            {t(`audit.mark.${mark}`)}
            <span class="hidden-words"> {t('audit.number', { n: item.row.n ?? 0 })}</span>
          </button>
        ))}
      </div>
    </PostForm>
  )
}

const Rules = ({ rules }: { readonly rules: readonly RuleRead[] }): JSX.Element => {
  const t = useWords()
  return (
    <details>
      <summary>{t('audit.unusual.rules')}</summary>
      <ul>
        {rules.map(({ name, title, is_on }) => (
          <li key={name}>
            {title[t.language]}
            {!is_on && <span class="soft"> ({t('audit.rule.off')})</span>}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Unusual access first, each rule named; reviewed or asked about in one tap. */
export const UnusualPage = (given: UnusualGiven): JSX.Element => {
  const { rows, rules, days, withReviewed, done } = given
  const t = useWords()
  const titles = new Map(rules.map(({ name, title }) => [name, title[t.language]]))
  const path = (count: number, all: boolean): string =>
    `/audit?days=${count}${all ? '&reviewed=true' : ''}`
  return (
    <>
      {done !== null && (
        <Banner look="good" icon="check" role="status">
          <p>{t(`audit.done.${done}`)}</p>
        </Banner>
      )}
      <Head title={t('audit.title')} />
      <AuditTabs here="unusual" isOversight={false} />
      <h2>{t('audit.unusual.title')}</h2>
      <p class="soft small">{t('audit.reading')}</p>
      <Tabs
        label={t('audit.filter')}
        tabs={DAYS.map((count) => ({
          path: path(count, withReviewed),
          text: t('audit.unusual.days', { count }),
          isHere: count === days,
        }))}
      />
      <p>
        <a href={path(days, !withReviewed)}>
          {t(withReviewed ? 'audit.unusual.open' : 'audit.unusual.all')}
        </a>
      </p>
      {rows.length === 0 ? (
        <Banner look="good" icon="check">
          <p>{t('audit.unusual.empty', { count: days })}</p>
        </Banner>
      ) : (
        <ul class="cards">
          {rows.map((item) => (
            <TrailCard
              key={item.row.position}
              row={item.row}
              pills={
                <>
                  {item.rules.map((rule) => (
                    <Pill key={rule} look="wait" icon="warn" text={titles.get(rule) ?? rule} />
                  ))}
                  {item.verdict !== null && (
                    <Pill
                      look={item.verdict === 'reviewed' ? 'good' : 'calm'}
                      icon={item.verdict === 'reviewed' ? 'check' : 'ask'}
                      text={t(`audit.marked.${item.verdict}`)}
                    />
                  )}
                </>
              }
            >
              <Marks item={item} back={path(days, withReviewed)} />
            </TrailCard>
          ))}
        </ul>
      )}
      <Rules rules={rules} />
    </>
  )
}
