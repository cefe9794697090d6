import type { JSX } from 'preact'
import { Empty } from '../parts/blocks.tsx'
import { useWords } from '../parts/words.ts'

/** An agency that the owner of a case may write to, or wrote to. */
export interface CaseTalk {
  readonly agency: string
  readonly name: string
  readonly isOpen: boolean
  /** Of its newest messages, those that the reader has not read. */
  readonly unread: number
}

/** With whom the owner of a case speaks about it. */
export const CaseTalksPage = (given: {
  readonly id: string
  readonly reference: string
  readonly talks: readonly CaseTalk[]
}): JSX.Element => {
  const { id, reference, talks } = given
  const t = useWords()
  return (
    <>
      <p class="soft">
        <a href={`/cases/${id}`} class="code">
          {reference}
        </a>
      </p>
      <h1>{t('talks.title')}</h1>
      <p>{t('talks.text')}</p>
      {talks.length === 0 ? (
        <Empty icon="talk" text={t('talks.empty')} />
      ) : (
        <ul class="list">
          {talks.map(({ agency, name, isOpen, unread }) => (
            <li key={agency}>
              <a href={`/cases/${id}/messages/${agency}`}>
                <b>{name}</b>
                {unread > 0 && <span>{t('messages.new', { count: unread })}</span>}
                {!isOpen && <span class="soft small">{t('talks.closed')}</span>}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
