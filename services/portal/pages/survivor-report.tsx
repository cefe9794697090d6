import type { JSX } from 'preact'
import type { SurvivorReport } from '../../../src/contracts/audit-review.ts'
import { Banner, Facts } from '../parts/blocks.tsx'
import { useWords } from '../parts/words.ts'
import { codeText } from '../trail.ts'

export interface HolderRow {
  readonly holder: SurvivorReport['holders'][number]
  readonly lastOpened: string | null
}

const Holder = ({ row }: { readonly row: HolderRow }): JSX.Element => {
  const t = useWords()
  const { holder, lastOpened } = row
  const what = holder.categories.map((category) => t(`category.${category}`)).join(', ')
  const why = holder.purposes.map((purpose) => codeText(t, 'purpose', purpose)).join(', ')
  const opened =
    lastOpened === null
      ? t('report.never')
      : t('report.opened_times', { count: holder.opened, at: lastOpened })
  return (
    <section class="holder">
      <h2>{holder.name[t.language]}</h2>
      <Facts
        facts={[
          { name: t('report.what'), value: what === '' ? t('none') : what },
          { name: t('referral.purpose'), value: why },
          { name: t('report.opened'), value: opened },
        ]}
      />
      {holder.ended && <p class="soft">{t('report.ended')}</p>}
    </section>
  )
}

/** The survivor's own report: read together or printed on A6; no case, no name, nothing sent. */
export const SurvivorReportPage = (given: {
  readonly rows: readonly HolderRow[]
  readonly at: string
  readonly back: string
}): JSX.Element => {
  const { rows, at, back } = given
  const t = useWords()
  return (
    <>
      <div class="no-print">
        <Banner look="calm" icon="info">
          <p>{t('report.offer')}</p>
          <p>{t('report.paper')}</p>
        </Banner>
      </div>
      <h1>{t('report.title')}</h1>
      <p class="soft">{t('report.on', { at })}</p>
      {rows.length === 0 && <p>{t('report.none')}</p>}
      {rows.map((row) => (
        <Holder key={row.holder.agency} row={row} />
      ))}
      <p>{t('report.rights')}</p>
      <div class="no-print">
        <p class="soft">{t('report.print')}</p>
        <p>
          <a class="button" href={back}>
            {t('form.back')}
          </a>
        </p>
      </div>
    </>
  )
}
