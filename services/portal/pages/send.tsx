import type { JSX } from 'preact'
import { PURPOSES, REFERRAL_KINDS, URGENCIES, type Purpose } from '../../../src/contracts/codes.ts'
import { GENDERS } from '../../../src/contracts/directory.ts'
import type { SendDraft } from '../draft-cookie.ts'
import { codeName } from '../htcds-words.ts'
import type { MatchSight } from '../match-sight.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Empty, More } from '../parts/blocks.tsx'
import { Choices, ErrorSummary, PostForm, SelectField, type Wrong } from '../parts/fields.tsx'
import { MatchCard } from '../parts/match-card.tsx'
import { Progress } from '../parts/progress.tsx'
import { useWords } from '../parts/words.ts'

export const NeedPage = (given: {
  readonly draft: SendDraft
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { draft, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <Progress page={1} />
      <h1>{t('send.need')}</h1>
      <PostForm action="/send/need">
        <Choices
          type="radio"
          name="urgency"
          legend={t('send.urgency')}
          options={URGENCIES.map((value) => ({
            value,
            text: t(`urgency.${value}`),
            hint: t(`urgency.${value}.hint`),
          }))}
          chosen={draft.urgency === undefined ? [] : [draft.urgency]}
          wrong={wrong}
        />
        <Choices
          type="radio"
          name="purpose"
          legend={t('send.purpose')}
          options={PURPOSES.map((value) => ({ value, text: t(`purpose.${value}`) }))}
          chosen={draft.purpose === undefined ? [] : [draft.purpose]}
          wrong={wrong}
        />
        <Choices
          type="radio"
          name="kind"
          legend={t('referral.kind')}
          options={REFERRAL_KINDS.map((value) => ({
            value,
            text: t(`kind.${value}`),
            hint: t(`kind.${value}.hint`),
          }))}
          chosen={[draft.kind ?? 'referral']}
        />
        <SelectField
          name="gender"
          label={t('send.gender')}
          any={t('send.gender_any')}
          options={GENDERS.map((value) => ({
            value,
            text: codeName(t.language, value, undefined),
          }))}
          value={draft.gender ?? ''}
        />
        <Buttons back={`/cases/${draft.case}`}>{t('form.next')}</Buttons>
      </PostForm>
    </>
  )
}

/** Who can take this, the likeliest first, and why. */
export const ServicesPage = (given: {
  readonly matches: readonly MatchSight[]
  readonly purpose: Purpose
  /** Where it must be; null: anywhere. */
  readonly area: string | null
  readonly isWide: boolean
  readonly next: string | null
}): JSX.Element => {
  const { matches, purpose, area, isWide, next } = given
  const t = useWords()
  const wide = isWide ? 'wide=yes&' : ''
  return (
    <>
      <Progress page={2} />
      <h1>{t('send.service')}</h1>
      <p class="soft">
        {t(`purpose.${purpose}`)}. {area === null ? t('send.everywhere') : t('send.near', { area })}{' '}
        {area !== null && <a href="/send/service?wide=yes">{t('send.widen')}</a>}
      </p>
      {matches.length === 0 ? (
        <Empty icon="directory" text={t('send.no_service')}>
          {area !== null && (
            <a class="button" href="/send/service?wide=yes">
              {t('send.widen')}
            </a>
          )}
        </Empty>
      ) : (
        <ul class="cards">
          {matches.map((sight) => (
            <MatchCard key={sight.match.service.id} sight={sight} />
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/send/service?${wide}after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
      <p>
        <a class="button" href="/send/need">
          {t('form.back')}
        </a>
      </p>
    </>
  )
}
