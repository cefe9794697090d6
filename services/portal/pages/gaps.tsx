import type { JSX } from 'preact'
import { GAP_RULES, SEVERITIES, type Severity } from '../../../src/contracts/gaps.ts'
import type { GapSight } from '../gap-sight.ts'
import { Empty, Head, More, Tabs } from '../parts/blocks.tsx'
import { SelectField } from '../parts/fields.tsx'
import { GapCard } from '../parts/gap-card.tsx'
import { useWords } from '../parts/words.ts'
import { CaseTabs } from './cases.tsx'

export interface GapFilter {
  readonly mine?: 'yes'
  /** Empty: any. */
  readonly severity?: string
  readonly rule?: string
}

const pathOf = (filter: GapFilter, after?: string): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...filter, after })) {
    if (typeof value === 'string' && value !== '') query.set(name, value)
  }
  const text = query.toString()
  return text === '' ? '/cases/gaps' : `/cases/gaps?${text}`
}

/** Where a survivor was left alone, over all cases, each with what to do about it. */
export const GapsPage = (given: {
  readonly gaps: readonly GapSight[]
  readonly open: Readonly<Record<Severity, number>>
  readonly filter: GapFilter
  readonly next: string | null
}): JSX.Element => {
  const { gaps, open, filter, next } = given
  const t = useWords()
  const { mine: _mine, ...all } = filter
  const counts = SEVERITIES.toReversed().map((code) => `${t(`severity.${code}`)}: ${open[code]}`)
  return (
    <>
      <Head title={t('cases.title')} />
      <CaseTabs here="gaps" />
      <Tabs
        label={t('gaps.whose')}
        isSides
        tabs={[
          { path: pathOf(all), text: t('gaps.all'), isHere: filter.mine === undefined },
          {
            path: pathOf({ ...all, mine: 'yes' }),
            text: t('gaps.mine'),
            isHere: filter.mine === 'yes',
          },
        ]}
      />
      <p class="soft tabular">{counts.join(' · ')}</p>
      <form class="filters" method="get" action="/cases/gaps">
        {filter.mine === 'yes' && <input type="hidden" name="mine" value="yes" />}
        <SelectField
          name="severity"
          label={t('gaps.severity')}
          any={t('audit.filter.any')}
          options={SEVERITIES.map((value) => ({ value, text: t(`severity.${value}`) }))}
          value={filter.severity ?? ''}
        />
        <SelectField
          name="rule"
          label={t('gaps.rule')}
          any={t('audit.filter.any')}
          options={GAP_RULES.map((value) => ({ value, text: t(`rule.${value}`) }))}
          value={filter.rule ?? ''}
        />
        <button class="button">{t('inbox.show')}</button>
      </form>
      {gaps.length === 0 ? (
        <Empty icon="check" text={t('gaps.empty')} />
      ) : (
        <ul class="cards">
          {gaps.map((sight) => (
            <GapCard key={sight.gap.id} sight={sight} isNamed />
          ))}
        </ul>
      )}
      <More path={next === null ? null : pathOf(filter, next)} text={t('list.more')} />
    </>
  )
}
