import type { JSX } from 'preact'
import { PURPOSES, REFERRAL_KINDS, URGENCIES, type Need } from '../../../src/contracts/codes.ts'
import type { ServiceFound } from '../../../src/contracts/directory.ts'
import type { SendDraft } from '../draft-cookie.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Empty } from '../parts/blocks.tsx'
import { Choices, ErrorSummary, PostForm, type Wrong } from '../parts/fields.tsx'
import { Pill } from '../parts/pill.tsx'
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
        <Buttons back={`/cases/${draft.case}`}>{t('form.next')}</Buttons>
      </PostForm>
    </>
  )
}

interface ServiceSight {
  readonly row: ServiceFound
  readonly name: string
  readonly agency: string
  readonly summary: string
  readonly areas: string
  readonly meets: readonly Need[]
  readonly lacks: readonly Need[]
}

const ServiceCard = ({ sight }: { readonly sight: ServiceSight }): JSX.Element => {
  const { row, meets, lacks } = sight
  const t = useWords()
  const words = (needs: readonly Need[]) => needs.map((need) => t(`need.${need}`)).join(', ')
  return (
    <li class="card">
      <div class="card-top">
        {row.open_now || row.always_open ? (
          <Pill look="good" icon="check" text={t('directory.open')} />
        ) : (
          <Pill look="quiet" icon="clock" text={t('directory.shut')} />
        )}
        {row.area_match !== null && (
          <Pill look="calm" icon="dot" text={t(`area.${row.area_match}`)} />
        )}
      </div>
      <h2>{sight.name}</h2>
      <p class="card-facts">
        {sight.agency} · {sight.areas}
      </p>
      {meets.length > 0 && (
        <p class="card-facts">
          {t('send.meets')} {words(meets)}
        </p>
      )}
      {lacks.length > 0 && (
        <p class="card-facts">
          {t('send.lacks')} {words(lacks)}
        </p>
      )}
      <PostForm action="/send/service">
        <input type="hidden" name="service" value={row.id} />
        <div class="actions">
          <button class="button main">
            {t('send.choose')}
            <span class="hidden-words"> {sight.name}</span>
          </button>
        </div>
      </PostForm>
    </li>
  )
}

export const ServicesPage = (given: {
  readonly services: readonly ServiceSight[]
  readonly area: string | null
  readonly reference: string
}): JSX.Element => {
  const { services, area } = given
  const t = useWords()
  return (
    <>
      <Progress page={2} />
      <h1>{t('send.service')}</h1>
      <p class="soft">
        {area === null ? t('send.everywhere') : t('send.near', { area })}{' '}
        {area !== null && <a href="/send/service?wide=yes">{t('send.widen')}</a>}
      </p>
      {services.length === 0 ? (
        <Empty icon="directory" text={t('send.no_service')}>
          <a class="button" href="/send/service?wide=yes">
            {t('send.widen')}
          </a>
        </Empty>
      ) : (
        <ul class="cards">
          {services.map((sight) => (
            <ServiceCard key={sight.row.id} sight={sight} />
          ))}
        </ul>
      )}
      <p>
        <a class="button" href="/send/need">
          {t('form.back')}
        </a>
      </p>
    </>
  )
}
