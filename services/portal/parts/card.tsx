import type { JSX } from 'preact'
import { Type, type Static } from 'typebox'
import { Referral } from '../../../src/contracts/referral.ts'
import { ClockLine, clockOf } from './clock.tsx'
import { StatePill, UrgencyPill } from './pill.tsx'
import { referenceOf } from './reference.ts'
import { useWords, type Key } from './words.ts'

const CLOSED = { additionalProperties: false } as const
const fields = Referral.properties

/** A card is fields of the API's referral, by its own schema, and names out of the directory. */
export const CardItem = Type.Object(
  {
    id: fields.id,
    state: fields.state,
    side: fields.side,
    purpose: fields.purpose,
    urgency: fields.urgency,
    age_band: fields.age_band,
    needs: fields.needs,
    due: fields.due,
    changed_at: fields.changed_at,
    service_name: Type.String(),
    other_agency: Type.String(),
    area: Type.String(),
    may_decide: Type.Boolean(),
    may_ask: Type.Boolean(),
  },
  CLOSED,
)
export type CardItem = Static<typeof CardItem>

const Answers = ({ item }: { readonly item: CardItem }): JSX.Element | null => {
  const t = useWords()
  if (!item.may_decide && !item.may_ask) return null
  const at = `/referrals/${item.id}`
  const about = <span class="hidden-words"> {referenceOf(item.id)}</span>
  return (
    <div class="actions">
      {item.may_decide && (
        <a class="button main" href={`${at}/accept`}>
          {t('step.accept.short')}
          {about}
        </a>
      )}
      {item.may_ask && (
        <a class="button" href={`${at}/ask`}>
          {t('step.ask.short')}
          {about}
        </a>
      )}
      {item.may_decide && (
        <a class="button" href={`${at}/decline`}>
          {t('step.decline.short')}
          {about}
        </a>
      )}
    </div>
  )
}

/** Enough to act without opening anything; nothing of it is a name. */
export const ReferralCard = (given: { readonly item: CardItem; readonly now: number }) => {
  const { item, now } = given
  const t = useWords()
  const clock = clockOf(item.state, item.side, item.due)
  const age: Key | null = item.age_band === null ? null : `age.${item.age_band}`
  const facts = [
    t(item.side === 'recipient' ? 'card.from' : 'card.to', { agency: item.other_agency }),
    item.area,
    age === null ? '' : t(age),
  ].filter((fact) => fact !== '')
  return (
    <li class="card" data-id={item.id}>
      <div class="card-top">
        <StatePill state={item.state} />
        <UrgencyPill urgency={item.urgency} />
        <ClockLine clock={clock} now={now} />
      </div>
      <div class="card-title">
        <h2>
          <a href={`/referrals/${item.id}`}>{item.service_name}</a>
        </h2>
        <span class="code">{referenceOf(item.id)}</span>
      </div>
      <p class="card-facts">{facts.join(' · ')}</p>
      {item.needs !== null && item.needs.length > 0 && (
        <p class="card-facts">
          {t('card.needs')} {item.needs.map((need) => t(`need.${need}`)).join(', ')}
        </p>
      )}
      <Answers item={item} />
    </li>
  )
}

/** Texts of a card, for islands that draw it again. */
export const CARD_WORDS: readonly Key[] = [
  'step.accept.short',
  'step.ask.short',
  'step.decline.short',
  'card.from',
  'card.to',
  'card.needs',
  'clock.paused',
  'clock.late',
  'clock.answer',
  'clock.reply',
  'clock.contact',
  'clock.start',
  'clock.review',
  'span.minutes',
  'span.hours',
  'span.days',
]
