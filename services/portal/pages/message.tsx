import type { JSX } from 'preact'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import {
  Choices,
  ErrorSummary,
  FileField,
  PostForm,
  TextField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { isSensitive } from '../parts/sensitive.ts'
import { useWords } from '../parts/words.ts'
import type { Conversation } from '../conversation.ts'
import type { MessageSight } from '../message-sight.ts'
import type { Form } from '../visit.ts'
import { MessageFacts } from './messages.tsx'

interface Given {
  readonly at: string
  readonly sight: MessageSight
}

/** The words, here and nowhere kept; images are files that the reader saves or does not. */
export const OpenedMessagePage = (given: Given & { readonly text: string }): JSX.Element => {
  const { at, sight, text } = given
  const { message, mayRetract } = sight
  const t = useWords()
  return (
    <>
      <h1>{t('messages.one')}</h1>
      <MessageFacts sight={sight} />
      <p class="soft">{t('messages.was_recorded')}</p>
      <div class="card">
        {text.split('\n').map((line, index) => (
          <p key={index}>{line}</p>
        ))}
      </div>
      {message.attachments.length > 0 && (
        <section aria-labelledby="images">
          <h2 id="images">{t('messages.images_title')}</h2>
          <p class="soft">{t('messages.images_note')}</p>
          {message.attachments.map(({ id, bytes }, index) => (
            <PostForm key={id} action={`${at}/${message.id}/images/${id}`}>
              <div class="actions">
                <button class="button">
                  {t('messages.save_image', {
                    n: index + 1,
                    size: Math.max(1, Math.round(bytes / 1024)),
                  })}
                </button>
              </div>
            </PostForm>
          ))}
        </section>
      )}
      <div class="actions">
        <a class="button main" href={at}>
          {t('data.close')}
        </a>
        {mayRetract && (
          <a class="button" href={`${at}/${message.id}/retract`}>
            {t('messages.retract')}
          </a>
        )}
      </div>
    </>
  )
}

export const RetractPage = (given: Given & { readonly wrong: readonly Wrong[] }): JSX.Element => {
  const { at, sight, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1 id="main-field">{t('messages.retract_title')}</h1>
      <p>{t('messages.retract_text')}</p>
      <div class="card">
        <MessageFacts sight={sight} />
      </div>
      <PostForm action={`${at}/${sight.message.id}/retract`}>
        <Buttons back={at}>{t('messages.retract')}</Buttons>
      </PostForm>
    </>
  )
}

/** One message: of which kind, what it says, an image, and who should be told of it. */
export const WriteMessagePage = (given: {
  readonly conversation: Conversation
  readonly colleagues: readonly Option[]
  readonly wrong: readonly Wrong[]
  readonly form?: Form
}): JSX.Element => {
  const { conversation, colleagues, wrong, form } = given
  const { at, otherAgency, categories, mayTurn } = conversation
  const t = useWords()
  const [only] = categories
  const chosen = form?.list('category') ?? (categories.length === 1 && only ? [only] : [])
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('messages.write')}</h1>
      <p>{t('messages.with', { agency: otherAgency })}</p>
      <Banner look="wait" icon="info">
        <p>{t('messages.no_edit')}</p>
      </Banner>
      <PostForm action={`${at}/new`} hasFile>
        <Choices
          type="radio"
          name="category"
          legend={t('messages.category')}
          hint={t('messages.category_hint')}
          options={categories.map((value) => ({
            value,
            text: t(`category.${value}`),
            isSensitive: isSensitive(value),
          }))}
          chosen={chosen}
          wrong={wrong}
        />
        <TextField
          kind="long"
          name="text"
          label={t('messages.text')}
          hint={t('messages.text_hint')}
          maxLength={8000}
          wrong={wrong}
          value={form?.text('text') ?? ''}
        />
        {mayTurn && (
          <Choices
            type="checkbox"
            name="to"
            legend={t('messages.to')}
            hint={t('messages.to_hint', { agency: otherAgency })}
            options={[{ value: 'owner', text: t('messages.to_owner') }]}
            chosen={form?.list('to') ?? []}
            wrong={wrong}
          />
        )}
        {colleagues.length > 0 && (
          <Choices
            type="checkbox"
            name="mentions"
            legend={t('messages.mentions')}
            hint={t('messages.mentions_hint')}
            options={colleagues}
            chosen={form?.list('mentions') ?? []}
            wrong={wrong}
          />
        )}
        <FileField
          name="image"
          label={t('messages.image')}
          hint={t('messages.image_hint')}
          accept="image/jpeg,image/png"
          wrong={wrong}
        />
        <Buttons back={at}>{t('messages.send')}</Buttons>
      </PostForm>
    </>
  )
}
