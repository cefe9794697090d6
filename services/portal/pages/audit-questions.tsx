import type { JSX } from 'preact'
import { Banner, Empty, Head, More } from '../parts/blocks.tsx'
import { ErrorSummary, PostForm, TextField, type Wrong } from '../parts/fields.tsx'
import { Pill } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'
import { AuditTabs } from './audit.tsx'

export interface QuestionRow {
  readonly id: string
  readonly n: number
  readonly who: string
  readonly askedAt: string
  readonly answeredAt: string | null
  readonly answer: string | null
  /** True when it was asked of the reader and waits for an answer. */
  readonly isMine: boolean
}

const Question = (given: {
  readonly row: QuestionRow
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { row, wrong } = given
  const t = useWords()
  const field = `text-${row.id}`
  return (
    <li class="card" id={row.id}>
      <div class="card-top">
        {row.answeredAt === null ? (
          <Pill look="wait" icon="clock" text={t('audit.questions.waiting')} />
        ) : (
          <Pill
            look="good"
            icon="check"
            text={t('audit.questions.answered', { at: row.answeredAt })}
          />
        )}
      </div>
      <h2>{t('audit.questions.entry', { n: row.n })}</h2>
      <p class="card-facts">
        {row.who} · {t('audit.questions.asked', { at: row.askedAt })}
      </p>
      {row.answer !== null && <p class="note">{row.answer}</p>}
      {row.isMine && (
        <PostForm action={`/audit/questions/${row.id}`}>
          <TextField
            kind="long"
            name={field}
            label={t('audit.questions.label')}
            hint={t('audit.questions.hint')}
            maxLength={2_000}
            wrong={wrong}
          />
          <button class="button main">{t('audit.questions.send')}</button>
        </PostForm>
      )}
    </li>
  )
}

/** Reasons that reviewers asked for; who was asked answers here, once. */
export const QuestionsPage = (given: {
  readonly rows: readonly QuestionRow[]
  readonly next: string | null
  readonly isReviewer: boolean
  readonly wrong: readonly Wrong[]
  readonly isSent: boolean
}): JSX.Element => {
  const { rows, next, isReviewer, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      {given.isSent && (
        <Banner look="good" icon="check" role="status">
          <p>{t('audit.questions.sent')}</p>
        </Banner>
      )}
      <Head title={t(isReviewer ? 'audit.questions.title' : 'audit.questions.mine')} />
      {isReviewer && <AuditTabs here="questions" isOversight={false} />}
      {rows.length === 0 ? (
        <Empty icon="ask" text={t('audit.questions.empty')} />
      ) : (
        <ul class="cards">
          {rows.map((row) => (
            <Question key={row.id} row={row} wrong={wrong} />
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/audit/questions?after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
    </>
  )
}
