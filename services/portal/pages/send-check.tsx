import type { JSX } from 'preact'
import type { SendDraft } from '../draft-cookie.ts'
import { Facts } from '../parts/blocks.tsx'
import { ErrorSummary, PostForm, type Wrong } from '../parts/fields.tsx'
import { Progress } from '../parts/progress.tsx'
import { useWords } from '../parts/words.ts'
import type { PreviewSight } from '../preview-sight.ts'

const Box = (given: {
  readonly kind: 'now' | 'after' | 'withheld'
  readonly title: string
  readonly lines: readonly string[]
}): JSX.Element => {
  const t = useWords()
  return (
    <section class={`box ${given.kind}`} aria-label={given.title}>
      <h2>{given.title}</h2>
      {given.lines.length === 0 ? (
        <p class="soft">{t('none')}</p>
      ) : (
        <ul>
          {given.lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Three boxes: what the recipient sees at once, after acceptance, and never. */
export const CheckPage = (given: {
  readonly draft: SendDraft
  readonly sight: PreviewSight
}): JSX.Element => {
  const { draft, sight } = given
  const t = useWords()
  const change = (path: string, what: string) => (
    <a href={path}>
      {t('form.change')}
      <span class="hidden-words"> {what}</span>
    </a>
  )
  return (
    <>
      <Progress page={4} />
      <h1>{t('send.check')}</h1>
      <p>{t('send.not_yet')}</p>
      <Facts
        facts={[
          {
            name: t('referral.recipient'),
            value: `${sight.agency} · ${sight.service}`,
            change: change('/send/service', t('referral.recipient')),
          },
          {
            name: t('send.urgency'),
            value: draft.urgency === undefined ? '' : t(`urgency.${draft.urgency}`),
            change: change('/send/need', t('send.urgency')),
          },
          {
            name: t('consent.title'),
            value: t('send.categories', { count: sight.after.length }),
            change: change('/send/consent', t('consent.title')),
          },
        ]}
      />
      <div class="boxes">
        <Box kind="now" title={t('preview.now')} lines={sight.atOnce} />
        <Box kind="after" title={t('preview.after')} lines={sight.after} />
        <Box kind="withheld" title={t('preview.withheld')} lines={sight.withheld} />
      </div>
      <PostForm action="/send/check">
        <div class="actions tall">
          <button class="button main">{t('send.submit')}</button>
          <a class="button" href={`/cases/${draft.case}`}>
            {t('send.later')}
          </a>
        </div>
      </PostForm>
    </>
  )
}

/** It cannot be sent as it is: why, and where to change it. */
export const RefusedPage = (given: {
  readonly draft: SendDraft
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { draft, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <Progress page={4} />
      <h1 id="check">{t('send.refused')}</h1>
      <p>{t('send.refused_text')}</p>
      <div class="actions tall">
        <a class="button main" href="/send/service">
          {t('send.service')}
        </a>
        <a class="button" href="/send/need">
          {t('send.need')}
        </a>
        <a class="button" href={`/cases/${draft.case}`}>
          {t('send.later')}
        </a>
      </div>
    </>
  )
}
