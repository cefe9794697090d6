import type { JSX } from 'preact'
import { Banner, Empty, Head, More } from '../parts/blocks.tsx'
import { OpeningCard } from '../parts/trail-row.tsx'
import { useWords } from '../parts/words.ts'
import { caseCode, type OpeningRow } from '../trail.ts'
import { AuditTabs } from './audit.tsx'

interface Given {
  readonly rows: readonly OpeningRow[]
  readonly nobody: boolean
  readonly next: string | null
}

/** Who opened what of one case; that nobody did is said positively. */
export const CaseOpeningsPage = (given: Given & { readonly name: string }): JSX.Element => {
  const { rows, nobody, next, name } = given
  const t = useWords()
  const path = `/audit/cases/${encodeURIComponent(name)}`
  const query = `case=${encodeURIComponent(name)}`
  return (
    <>
      <AuditTabs here={null} isOversight={false} />
      <p class="soft">
        <span class="code">{caseCode(name)}</span>
      </p>
      <Head title={t('audit.case.title')} />
      {nobody ? (
        <Banner look="good" icon="shield" title={t('audit.case.nobody')}>
          <p>{t('audit.case.nobody_text')}</p>
        </Banner>
      ) : (
        <>
          <p class="soft">{t('audit.case.about')}</p>
          <ul class="cards">
            {rows.map((row) => (
              <OpeningCard key={row.n} row={row} withCase={false} />
            ))}
          </ul>
        </>
      )}
      <More
        path={next === null ? null : `${path}?after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
      <ul class="list">
        <li>
          <a href={`/audit/entries?${query}`}>{t('audit.case.entries')}</a>
        </li>
        <li>
          <a href={`/audit/proof?${query}`}>{t('audit.case.verify')}</a>
        </li>
      </ul>
      <p class="soft small">{t('audit.reading')}</p>
    </>
  )
}

/** What the reader opened, for everybody. */
export const MinePage = ({ rows, nobody, next }: Given): JSX.Element => {
  const t = useWords()
  return (
    <>
      <Head title={t('audit.mine.title')} />
      <p class="soft">{t('audit.mine.about')}</p>
      {nobody ? (
        <Empty icon="shield" text={t('audit.mine.nobody')} />
      ) : (
        <ul class="cards">
          {rows.map((row) => (
            <OpeningCard key={row.n} row={row} withCase />
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/audit/mine?after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
    </>
  )
}
