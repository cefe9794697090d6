import { PostForm } from '../parts/fields.tsx'
import { useWords } from '../parts/words.ts'

export const ArrivalPage = (given: {
  readonly id: string
  readonly code: string
  readonly version: number
}) => {
  const t = useWords()
  return (
    <>
      <h1>{t('arrival.title')}</h1>
      <p>{t('arrival.text')}</p>
      <p class="card big-code code">{given.code}</p>
      <p class="soft">{t('arrival.once')}</p>
      <PostForm action={`/referrals/${given.id}/arrival-code`}>
        <input type="hidden" name="version" value={String(given.version)} />
        <div class="actions">
          <a class="button main" href={`/referrals/${given.id}`}>
            {t('form.back')}
          </a>
          <button class="button">{t('arrival.renew')}</button>
        </div>
      </PostForm>
    </>
  )
}
