import type { JSX } from 'preact'
import { Banner, Empty, More } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { useWords } from '../parts/words.ts'
import type { Conversation } from '../conversation.ts'
import type { MessageSight, Talk } from '../message-sight.ts'

/** Of whom, when, of which category, and who has read it: everything but the words. */
export const MessageFacts = ({ sight }: { readonly sight: MessageSight }): JSX.Element => {
  const { message, agency, at, retractedAt, readByMe, readings, isOurs } = sight
  const t = useWords()
  const images = message.attachments.length
  return (
    <>
      <p>
        <b>{agency}</b> <span class="soft small">· {at}</span>
      </p>
      <p class="small soft">
        {t(`category.${message.category}`)}
        {message.about === 'case' && ` · ${t('messages.about_case')}`}
        {images > 0 && ` · ${t('messages.images', { count: images })}`}
        {message.mentions.length > 0 &&
          ` · ${t('messages.mentioned', { count: message.mentions.length })}`}
      </p>
      {retractedAt !== null && (
        <p class="soft">{t('messages.retracted_at', { at: retractedAt })}</p>
      )}
      {!isOurs && retractedAt === null && (
        <p class="small">
          {readByMe === null ? (
            <b>{t('messages.unread')}</b>
          ) : (
            t('messages.read_by_you', { at: readByMe })
          )}
        </p>
      )}
      {readings.map(({ who, at: when }) => (
        <p key={`${who}${when}`} class="small">
          <Icon name="check" />
          {t('messages.read_by', { who, at: when })}
        </p>
      ))}
      {isOurs && retractedAt === null && readings.length === 0 && (
        <p class="small soft">{t('messages.read_by_nobody')}</p>
      )}
    </>
  )
}

const Message = (given: { readonly at: string; readonly sight: MessageSight }): JSX.Element => {
  const { at, sight } = given
  const { message, isOurs, mayRead, mayRetract } = sight
  const t = useWords()
  const facts = `facts-${message.id}`
  return (
    <li class={isOurs ? 'note ours' : 'note'} data-id={message.id}>
      <div id={facts}>
        <MessageFacts sight={sight} />
      </div>
      {mayRead && (
        <PostForm action={`${at}/${message.id}`}>
          <div class="actions">
            <button class="button" aria-describedby={facts}>
              <Icon name="lock" />
              {t('messages.read')}
            </button>
            {mayRetract && (
              <a class="button" href={`${at}/${message.id}/retract`} aria-describedby={facts}>
                {t('messages.retract')}
              </a>
            )}
          </div>
        </PostForm>
      )}
    </li>
  )
}

export const MessagesPage = (given: {
  readonly conversation: Conversation
  readonly talk: Talk
  readonly mayWrite: boolean
  readonly done: 'sent' | 'retracted' | null
}): JSX.Element => {
  const { conversation, talk, mayWrite, done } = given
  const { at, back, otherAgency, isRevoked } = conversation
  const t = useWords()
  return (
    <>
      {done !== null && (
        <Banner look="good" icon="check" title={t(`messages.done.${done}`)} role="status" />
      )}
      <p class="soft">
        <a href={back.path} class="code">
          {back.reference}
        </a>
      </p>
      <h1>{t('messages.title')}</h1>
      <p>{t('messages.with', { agency: otherAgency })}</p>
      {mayWrite ? (
        <div class="actions tall">
          <a class="button main" href={`${at}/new`}>
            {t('messages.write')}
          </a>
        </div>
      ) : (
        <p class="soft">{t(isRevoked ? 'messages.revoked' : 'messages.closed')}</p>
      )}
      {talk.messages.length === 0 ? (
        <Empty icon="talk" text={t('messages.empty')} />
      ) : (
        <>
          <p class="soft">{t('messages.recorded')}</p>
          <ul class="notes">
            {talk.messages.map((sight) => (
              <Message key={sight.message.id} at={at} sight={sight} />
            ))}
          </ul>
        </>
      )}
      <More
        path={talk.next === null ? null : `${at}?after=${talk.next}`}
        text={t('messages.older')}
      />
    </>
  )
}
