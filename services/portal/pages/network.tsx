import type { JSX } from 'preact'
import type { NetworkSight, NetworkTableSight } from '../network-sight.ts'
import { Bars, tintOf } from '../parts/bars.tsx'
import { Banner } from '../parts/blocks.tsx'
import { SelectField } from '../parts/fields.tsx'
import { useWords } from '../parts/words.ts'

const Count = ({ count }: { readonly count: number | null }): JSX.Element => {
  const t = useWords()
  if (count !== null) return <td class="number">{count}</td>
  return (
    <td class="number soft">
      <span aria-hidden="true">*</span>
      <span class="hidden-words">{t('network.suppressed')}</span>
    </td>
  )
}

const Numbers = ({ table }: { readonly table: NetworkTableSight }): JSX.Element => {
  const t = useWords()
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- keys must be able to scroll it
    <div class="scroll" tabIndex={0} role="region" aria-label={t(`network.${table.name}`)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('network.row')}</th>
            {table.columns.map((column) => (
              <th key={column} scope="col" class="number">
                {column}
              </th>
            ))}
            <th scope="col" class="number">
              {t('network.total')}
            </th>
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              {row.counts.map((count, index) => (
                <Count key={index} count={count} />
              ))}
              <Count count={row.total} />
            </tr>
          ))}
          <tr>
            <th scope="row">{t('network.total')}</th>
            {table.columnTotals.map((count, index) => (
              <Count key={index} count={count} />
            ))}
            <Count count={table.total} />
          </tr>
        </tbody>
      </table>
    </div>
  )
}

const Legend = ({ columns }: { readonly columns: readonly string[] }): JSX.Element => (
  <ul class="legend">
    {columns.map((column, index) => (
      <li key={column}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <rect width="12" height="12" class={tintOf(index)} />
        </svg>
        {column}
      </li>
    ))}
    <li>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d="M0 12L12 0M0 6L6 0M6 12L12 6" class="hatch" />
      </svg>
      {useWords()('network.suppressed')}
    </li>
  </ul>
)

const isEmpty = ({ rows }: NetworkTableSight): boolean =>
  rows.every(({ counts }) => counts.every((count) => count === 0))

const TableSection = ({ table }: { readonly table: NetworkTableSight }): JSX.Element => {
  const t = useWords()
  const title = t(`network.${table.name}`)
  return (
    <section aria-labelledby={table.name}>
      <h2 id={table.name}>{title}</h2>
      <p class="soft">{t(`network.${table.name}.text`)}</p>
      {isEmpty(table) ? (
        <p class="soft">{t('network.empty')}</p>
      ) : (
        <>
          <Bars
            id={table.name}
            label={t('network.chart', { what: title })}
            bars={table.rows.filter(({ counts }) => counts.some((count) => count !== 0))}
          />
          {table.columns.length > 1 && <Legend columns={table.columns} />}
          <Numbers table={table} />
        </>
      )}
    </section>
  )
}

const Times = ({ sight }: { readonly sight: NetworkSight }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="times">
      <h2 id="times">{t('network.times')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('network.row')}</th>
            <th scope="col" class="number">
              {t('network.median')}
            </th>
            <th scope="col" class="number">
              {t('network.p90')}
            </th>
          </tr>
        </thead>
        <tbody>
          {sight.view.times.map(({ step, median_hours: median, p90_hours: p90 }) => (
            <tr key={step}>
              <th scope="row">{t(`network.step.${step}`)}</th>
              <Count count={median} />
              <Count count={p90} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** How hand-offs go in the whole network: counts alone, and small ones said to be small. */
export const NetworkPage = ({ sight }: { readonly sight: NetworkSight }): JSX.Element => {
  const t = useWords()
  const { view, tables, silent, quarters } = sight
  return (
    <>
      <h1>{t('network.title')}</h1>
      <p>{t('network.text')}</p>
      <Banner look="calm" icon="info">
        <p>{t('network.small', { k: view.k })}</p>
      </Banner>
      <form class="filters" method="get" action="/network">
        <SelectField
          name="period"
          label={t('network.period')}
          options={quarters.map((value) => ({ value, text: value }))}
          value={view.period}
        />
        <button class="button">{t('inbox.show')}</button>
        <a class="button" href={`/v1/network-view?period=${view.period}&format=csv`}>
          {t('network.csv')}
        </a>
      </form>
      <Times sight={sight} />
      {tables.map((table) => (
        <TableSection key={table.name} table={table} />
      ))}
      <section aria-labelledby="silent">
        <h2 id="silent">{t('network.silent')}</h2>
        <p class="soft">{t('network.silent.text', { k: view.k })}</p>
        {silent.length === 0 ? (
          <p>{t('network.silent.none')}</p>
        ) : (
          <ul>
            {silent.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        )}
      </section>
    </>
  )
}
