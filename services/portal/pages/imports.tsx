import type { JSX } from 'preact'
import {
  ROW_STATES,
  type CaseImport,
  type CellNote,
  type ImportColumn,
  type ImportedRow,
  type ImportState,
  type RowState,
} from '../../../src/contracts/import.ts'
import { Banner, Empty, Facts, More, Tabs } from '../parts/blocks.tsx'
import { ErrorSummary, FileField, PostForm, type Wrong } from '../parts/fields.tsx'
import type { IconName } from '../parts/icon.tsx'
import { Pill, type Look } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'

const STATES: Readonly<Record<ImportState, readonly [Look, IconName]>> = {
  previewed: ['wait', 'eye'],
  landing: ['calm', 'arrow'],
  landed: ['good', 'check'],
  cancelled: ['quiet', 'cross'],
  expired: ['quiet', 'clock'],
}

const ROWS: Readonly<Record<RowState, readonly [Look, IconName]>> = {
  ready: ['calm', 'dot'],
  reported: ['late', 'warn'],
  already_here: ['quiet', 'dash'],
  landed: ['good', 'check'],
  dropped: ['quiet', 'cross'],
}

const ImportPill = ({ state }: { readonly state: ImportState }): JSX.Element => {
  const [look, icon] = STATES[state]
  return <Pill look={look} icon={icon} text={useWords()(`import.${state}`)} />
}

const RowPill = ({ state }: { readonly state: RowState }): JSX.Element => {
  const [look, icon] = ROWS[state]
  return <Pill look={look} icon={icon} text={useWords()(`row.${state}`)} />
}

export interface ImportLine {
  readonly import: CaseImport
  readonly made: string
}

/** Files that became cases, or wait to. */
export const ImportsPage = (given: {
  readonly imports: readonly ImportLine[]
  readonly next: string | null
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { imports, next, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('import.title')}</h1>
      <p>{t('import.text')}</p>
      <PostForm action="/imports" hasFile>
        <FileField
          name="file"
          label={t('import.file')}
          hint={t('import.file_hint')}
          accept=".xlsx,.csv,.json,.xml"
          wrong={wrong}
        />
        <p>
          <button class="button main">{t('import.preview')}</button>
        </p>
      </PostForm>
      <h2>{t('import.earlier')}</h2>
      {imports.length === 0 ? (
        <Empty icon="cases" text={t('import.empty')} />
      ) : (
        <ul class="list">
          {imports.map(({ import: row, made }) => (
            <li key={row.id}>
              <a href={`/imports/${row.id}`}>
                <span>
                  <b>{made}</b>
                  <br />
                  <span class="soft small">
                    {ROW_STATES.filter((state) => row.counts[state] > 0)
                      .map((state) => `${t(`row.${state}`)}: ${row.counts[state]}`)
                      .join(' · ')}
                  </span>
                </span>
                <ImportPill state={row.state} />
              </a>
            </li>
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/imports?after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
    </>
  )
}

const NoteLine = ({ note }: { readonly note: CellNote }): JSX.Element => {
  const t = useWords()
  return (
    <li>
      <b class="code">{note.cell}</b> {note.field}
      <br />
      {note.level === 'problem' && (
        <>
          <span class="wrong">{t('import.problem')}</span>{' '}
        </>
      )}
      {note.message[t.language]}
    </li>
  )
}

const Row = ({ row }: { readonly row: ImportedRow }): JSX.Element => {
  const t = useWords()
  return (
    <li class="card">
      <div class="card-top">
        <b>{t('import.row', { row: row.row })}</b>
        <RowPill state={row.state} />
      </div>
      {row.categories.length > 0 && (
        <p class="card-facts">
          {row.categories
            .map(({ category, fields }) => `${t(`category.${category}`)} (${fields.length})`)
            .join(', ')}
        </p>
      )}
      {row.notes.length > 0 && (
        <ul class="cells">
          {row.notes.map((note) => (
            <NoteLine key={`${note.cell} ${note.message.id}`} note={note} />
          ))}
        </ul>
      )}
      {row.case !== null && (
        <ul class="links">
          <li>
            <a href={`/cases/${row.case}`}>{t('referral.case')}</a>
          </li>
        </ul>
      )}
    </li>
  )
}

const Columns = ({
  columns,
}: {
  readonly columns: readonly ImportColumn[]
}): JSX.Element | null => {
  const t = useWords()
  if (columns.length === 0) return null
  return (
    <details>
      <summary>{t('import.columns')}</summary>
      <dl class="facts">
        {columns.map(({ column, header, field, note }) => (
          <div key={column}>
            <dt>
              <span class="code">{column}</span> {header}
            </dt>
            <dd>
              {field ?? t('import.as_note')}
              {note !== null && (
                <>
                  <br />
                  <span class="soft small">{note[t.language]}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

const Progress = ({ read }: { readonly read: CaseImport }): JSX.Element => {
  const t = useWords()
  const { landed, ready } = read.counts
  return (
    <div role="status">
      <p>
        {t('import.progress', { landed, all: landed + ready })}{' '}
        <a href={`/imports/${read.id}`}>{t('import.reload')}</a>
      </p>
      <progress max={Math.max(1, landed + ready)} value={landed} aria-label={t('import.landing')} />
    </div>
  )
}

const Steps = ({ read }: { readonly read: CaseImport }): JSX.Element | null => {
  const t = useWords()
  if (read.state !== 'previewed' && read.state !== 'landing') return null
  const version = <input type="hidden" name="version" value={String(read.version)} />
  return (
    <div class="actions tall">
      {read.state === 'previewed' && read.counts.ready > 0 && (
        <PostForm action={`/imports/${read.id}/confirm`}>
          {version}
          <button class="button main">{t('import.confirm', { count: read.counts.ready })}</button>
        </PostForm>
      )}
      <PostForm action={`/imports/${read.id}/cancel`}>
        {version}
        <button class="button">{t('import.cancel')}</button>
      </PostForm>
    </div>
  )
}

/** What each row would become or became, with the cell and the cure of what does not fit. */
export const ImportPage = (given: {
  readonly read: CaseImport
  readonly made: string
  readonly expires: string
  readonly columns: readonly ImportColumn[]
  readonly notes: readonly { readonly id: string; readonly en: string }[]
  readonly rows: readonly ImportedRow[]
  readonly state: RowState | null
  readonly next: string | null
}): JSX.Element => {
  const { read, rows, state, next } = given
  const t = useWords()
  const at = `/imports/${read.id}`
  const shown = ROW_STATES.filter((each) => read.counts[each] > 0)
  const query = state === null ? '' : `state=${state}&`
  return (
    <>
      <p class="soft">
        <a href="/imports">{t('import.title')}</a>
      </p>
      <h1>{t('import.one')}</h1>
      <div class="card-top">
        <ImportPill state={read.state} />
      </div>
      <p>{t(`import.${read.state}.text`)}</p>
      {read.state === 'landing' && <Progress read={read} />}
      <Facts
        facts={[
          { name: t('import.made'), value: given.made },
          { name: t('import.format'), value: t(`format.${read.format}`) },
          ...(read.state === 'expired' ? [] : [{ name: t('import.kept'), value: given.expires }]),
        ]}
      />
      <Steps read={read} />
      {given.notes.length > 0 && (
        <Banner look="wait" icon="info" title={t('import.notes')}>
          <ul>
            {given.notes.map((note) => (
              <li key={note.id}>{note[t.language]}</li>
            ))}
          </ul>
        </Banner>
      )}
      <Columns columns={given.columns} />
      <h2>{t('import.rows')}</h2>
      <Tabs
        label={t('import.filter')}
        tabs={[
          { path: at, text: t('records.every'), isHere: state === null },
          ...shown.map((each) => ({
            path: `${at}?state=${each}`,
            text: t(`row.${each}`),
            isHere: state === each,
            count: String(read.counts[each]),
          })),
        ]}
      />
      <ul class="cards">
        {rows.map((row) => (
          <Row key={row.row} row={row} />
        ))}
      </ul>
      <More
        path={next === null ? null : `${at}?${query}after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
    </>
  )
}
