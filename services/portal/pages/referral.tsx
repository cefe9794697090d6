import type { JSX } from 'preact'
import { SENSITIVE, type Category } from '../../../src/contracts/codes.ts'
import { FINAL_STATES, OPENABLE_STATES } from '../../../src/contracts/lifecycle.ts'
import { Banner, Facts, type Fact } from '../parts/blocks.tsx'
import { ClockLine, clockOf } from '../parts/clock.tsx'
import { Icon } from '../parts/icon.tsx'
import { StatePill, UrgencyPill } from '../parts/pill.tsx'
import { PlaceOfReferral } from '../parts/referral-place.tsx'
import { referenceOf } from '../parts/reference.ts'
import { useWords, type Key } from '../parts/words.ts'
import type { ReferralPlace } from '../referral-place.ts'
import type { ReferralSight } from '../referral-sight.ts'

const Actions = ({ sight }: { readonly sight: ReferralSight }): JSX.Element | null => {
  const t = useWords()
  const { referral, steps } = sight
  const [first, ...others] = steps
  if (first === undefined) return null
  const near = others.slice(0, 2)
  const rare = others.slice(2)
  const link = (path: string) => `/referrals/${referral.id}/${path}`
  return (
    <>
      <div class="actions tall">
        <a class="button main" href={link(first.path)}>
          {t(`step.${first.verb}.do`)}
        </a>
        {near.map(({ verb, path }) => (
          <a key={verb} class="button" href={link(path)}>
            {t(`step.${verb}.do`)}
          </a>
        ))}
      </div>
      {rare.length > 0 && (
        <details>
          <summary>{t('referral.more_steps')}</summary>
          <ul class="list">
            {rare.map(({ verb, path }) => (
              <li key={verb}>
                <a href={link(path)}>{t(`step.${verb}.do`)}</a>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

const useEnvelope = (sight: ReferralSight): readonly Fact[] => {
  const t = useWords()
  const { referral, otherAgency, area } = sight
  const facts: Fact[] = [
    {
      name: t(referral.side === 'recipient' ? 'referral.sender' : 'referral.recipient'),
      value: otherAgency,
    },
    { name: t('referral.purpose'), value: t(`purpose.${referral.purpose}`) },
    { name: t('referral.kind'), value: t(`kind.${referral.kind}`) },
    { name: t('referral.basis'), value: t(`basis.${referral.basis}`) },
  ]
  if (area !== '') facts.push({ name: t('referral.area'), value: area })
  if (referral.age_band !== null) {
    facts.push({ name: t('referral.age'), value: t(`age.${referral.age_band}`) })
  }
  if (referral.languages !== null && referral.languages.length > 0) {
    facts.push({ name: t('referral.languages'), value: sight.languages.join(', ') })
  }
  if (referral.needs !== null) {
    const needs = referral.needs.map((need) => t(`need.${need}`)).join(', ')
    facts.push({ name: t('referral.needs'), value: needs === '' ? t('none') : needs })
  }
  if (referral.reason !== null) {
    facts.push({ name: t('referral.reason'), value: t(`reason.${referral.reason}` as Key) })
  }
  if (sight.suggested !== null) {
    facts.push({ name: t('referral.suggested'), value: sight.suggested })
  }
  return facts
}

const CategoryRow = (given: {
  readonly sight: ReferralSight
  readonly category: Category
}): JSX.Element => {
  const { sight, category } = given
  const { referral, mayOpen } = sight
  const t = useWords()
  return (
    <li>
      <div class="row">
        <span>
          {t(`category.${category}`)}
          {SENSITIVE.includes(category) && (
            <span class="soft small"> · {t('category.sensitive')}</span>
          )}
        </span>
        {mayOpen ? (
          <a class="button" href={`/referrals/${referral.id}/data/${category}`}>
            <Icon name="lock" />
            {t('data.open')}
            <span class="hidden-words"> {t(`category.${category}`)}</span>
          </a>
        ) : (
          <span class="soft small">{t('data.sealed')}</span>
        )}
      </div>
    </li>
  )
}

/** What becomes of the data: an end is told as an end, not as something to come. */
const noteOf = (
  side: ReferralSight['referral']['side'],
  state: ReferralSight['referral']['state'],
  isOpenable: boolean,
): Key => {
  if (state === 'revoked') return 'data.revoked_note'
  if (FINAL_STATES.includes(state) && !isOpenable) return 'data.ended_note'
  if (side === 'sender') return 'data.sender_note'
  return isOpenable ? 'data.open_note' : 'data.closed_note'
}

const Shared = ({ sight }: { readonly sight: ReferralSight }): JSX.Element => {
  const t = useWords()
  const { referral } = sight
  const isOpenable = OPENABLE_STATES.includes(referral.state)
  const key = noteOf(referral.side, referral.state, isOpenable)
  return (
    <section aria-labelledby="shared">
      <h2 id="shared">{t('data.title')}</h2>
      <p class="soft">{t(key)}</p>
      <ul class="list">
        {referral.categories.map((category) => (
          <CategoryRow key={category} sight={sight} category={category} />
        ))}
      </ul>
      {sight.mayBreakGlass && (
        <p>
          <a href={`/referrals/${referral.id}/break-glass`}>{t('glass.ask')}</a>
        </p>
      )}
    </section>
  )
}

const Notes = ({ sight }: { readonly sight: ReferralSight }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">{t('notes.title')}</h2>
      {sight.notes.length === 0 && <p class="soft">{t('notes.empty')}</p>}
      {sight.notes.map((note) => (
        <div key={note.id} class={note.isOurs ? 'note ours' : 'note'}>
          <p class="small soft">
            {note.agency} · {t(`step.${note.verb}.noted` as Key)} · {note.at}
          </p>
          {note.lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
        </div>
      ))}
    </section>
  )
}

const Track = ({ sight }: { readonly sight: ReferralSight }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="track">
      <h2 id="track">{t('track.title')}</h2>
      <ol class="timeline">
        {sight.track.map(({ key, at, look }) => (
          <li key={key} class={look}>
            {t(key)}
            <br />
            <span class="small soft">{at}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

const Talk = (given: { readonly id: string; readonly unread: number }): JSX.Element => {
  const t = useWords()
  return (
    <p>
      <a class="button" href={`/referrals/${given.id}/messages`}>
        <Icon name="talk" />
        {t('messages.title')}
        {given.unread > 0 && ` · ${t('messages.new', { count: given.unread })}`}
      </a>
    </p>
  )
}

export const ReferralPage = (given: {
  readonly sight: ReferralSight
  /** Messages that the reader has not read; null: there is no conversation for this reader. */
  readonly unread: number | null
  /** Places while it is decided; null: there are none to hold. */
  readonly place: ReferralPlace | null
}): JSX.Element => {
  const { sight, unread, place } = given
  const t = useWords()
  const { referral, done } = sight
  const facts = useEnvelope(sight)
  return (
    <>
      {done !== null && (
        <Banner look="good" icon="check" title={t(`step.${done}.done`)} role="status">
          <p>{t(`step.${done}.then`)}</p>
        </Banner>
      )}
      <p class="soft">
        <span class="code">{referenceOf(referral.id)}</span>
      </p>
      <h1>{sight.service}</h1>
      <div class="card-top">
        <StatePill state={referral.state} />
        <UrgencyPill urgency={referral.urgency} />
        <ClockLine clock={clockOf(referral.state, referral.side, referral.due)} now={Date.now()} />
      </div>
      <p>{t(`turn.${referral.side}.${referral.state}`)}</p>
      {referral.side === 'recipient' && referral.state === 'revoked' && (
        <p>
          <a href="/stop-orders">{t('order.title')}</a>
        </p>
      )}
      {sight.deadline !== null && <p class="soft">{t('referral.due', { at: sight.deadline })}</p>}
      <Actions sight={sight} />
      {sight.hasArrivalCode && (
        <p>
          <a class="button" href={`/referrals/${referral.id}/arrival-code`}>
            {t('arrival.show')}
          </a>
        </p>
      )}
      {referral.side === 'sender' && referral.case !== null && (
        <p>
          <a href={`/cases/${referral.case}`}>{t('referral.case')}</a>
        </p>
      )}
      {place !== null && <PlaceOfReferral id={referral.id} place={place} />}
      {unread !== null && <Talk id={referral.id} unread={unread} />}
      <Facts facts={facts} />
      <Shared sight={sight} />
      <Notes sight={sight} />
      <Track sight={sight} />
    </>
  )
}
