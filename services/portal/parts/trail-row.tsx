import type { ComponentChildren, JSX } from 'preact'
import type { OpeningRow, TrailRow } from '../trail.ts'
import { caseCode } from '../trail.ts'
import { Pill } from './pill.tsx'
import { useWords } from './words.ts'

const CaseLink = ({ name }: { readonly name: string }): JSX.Element => {
  const t = useWords()
  return (
    <a href={`/audit/cases/${encodeURIComponent(name)}`}>
      {t('audit.to_case')} <span class="code">{caseCode(name)}</span>
    </a>
  )
}

const Evidence = ({ row }: { readonly row: TrailRow }): JSX.Element => {
  const t = useWords()
  return (
    <details>
      <summary>{t('audit.evidence')}</summary>
      <p class="small soft">{t('audit.position', { position: row.position })}</p>
      <p class="small">{t('audit.leaf')}</p>
      <pre class="evidence">{row.leaf}</pre>
      {row.disclosures.length > 0 && (
        <>
          <p class="small">{t('audit.disclosures')}</p>
          <pre class="evidence">{row.disclosures.join('\n')}</pre>
        </>
      )}
      <p>
        <a
          href={`/v1/audit/proof?position=${row.position}`}
          download={`${row.position}.tlog-proof`}
        >
          {t('audit.proof_file')}
        </a>
      </p>
    </details>
  )
}

/** One entry of the trail, with what proves it. */
export const TrailCard = (given: {
  readonly row: TrailRow
  readonly pills?: ComponentChildren
  readonly children?: ComponentChildren
}): JSX.Element => {
  const { row } = given
  const t = useWords()
  return (
    <li class="card" data-n={row.n ?? undefined}>
      <div class="card-top">
        {row.outcome !== 'ok' && (
          <Pill look="wait" icon="cross" text={t(`audit.outcome.${row.outcome}`)} />
        )}
        {given.pills}
        <span class="small soft">{row.at}</span>
      </div>
      <h2>{row.what}</h2>
      <p class="card-facts">{[row.who, ...row.facts].join(' · ')}</p>
      <ul class="links">
        {row.caseName !== null && (
          <li>
            <CaseLink name={row.caseName} />
          </li>
        )}
        {row.glass !== null && (
          <li>
            <a href={`/break-glass/${row.glass}`}>{t('audit.to_glass')}</a>
          </li>
        )}
        {row.actor !== null && row.isOurs && (
          <li>
            <a href={`/audit/entries?actor=${encodeURIComponent(row.actor)}`}>
              {t('audit.to_actor')}
              <span class="hidden-words"> {row.who}</span>
            </a>
          </li>
        )}
      </ul>
      {given.children}
      <Evidence row={row} />
    </li>
  )
}

/** Who opened what, when, why, under which consent. */
export const OpeningCard = (given: { readonly row: OpeningRow; readonly withCase: boolean }) => {
  const { row, withCase } = given
  return (
    <li class="card">
      <p class="small soft">{row.at}</p>
      <h2>{row.what}</h2>
      <p class="card-facts">{[row.who, ...row.facts].join(' · ')}</p>
      {withCase && row.caseName !== null && (
        <p class="card-facts">
          <span class="code">{caseCode(row.caseName)}</span>
        </p>
      )}
    </li>
  )
}
