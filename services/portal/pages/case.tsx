import type { JSX } from 'preact'
import type { CaseSight, GrantSight } from '../case-sight.ts'
import { Banner, Facts, type Fact } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { GapCard } from '../parts/gap-card.tsx'
import { StatePill } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'
import { Stages } from './case-pathway.tsx'
import { Checks, Plan, Records, Returns } from './case-plan.tsx'

const SendButton = ({ id }: { readonly id: string }): JSX.Element => (
  <PostForm action={`/cases/${id}/send`}>
    <p>
      <button class="button main">{useWords()('send.start')}</button>
    </p>
  </PostForm>
)

const Consents = (given: { readonly id: string; readonly grants: readonly GrantSight[] }) => {
  const { id, grants } = given
  const t = useWords()
  const active = grants.filter(({ isActive }) => isActive)
  return (
    <section aria-labelledby="consents">
      <h2 id="consents">{t('consent.title')}</h2>
      {active.length === 0 && <p class="soft">{t('consent.empty')}</p>}
      {active.length > 0 && (
        <ul class="list">
          {active.map(({ grant, recipient, until }) => (
            <li key={grant.id}>
              <div class="row">
                <span>
                  <b>{recipient}</b> · {t(`purpose.${grant.purpose}`)}
                  <br />
                  <span class="soft small">
                    {grant.categories
                      .map((category) => t(`category.${category}`))
                      .join(', ')} ·{' '}
                    {t('consent.until', { day: until })}
                    {grant.basis !== 'consent' && ` · ${t(`basis.${grant.basis}`)}`}
                  </span>
                </span>
              </div>
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        <a class="button" href={`/cases/${id}/consent`}>
          {t('consent.record')}
        </a>
        {active.length > 0 && (
          <a class="button" href={`/cases/${id}/withdraw`}>
            {t('withdraw.title')}
          </a>
        )}
        {grants.length > 0 && (
          <a class="button" href={`/cases/${id}/messages`}>
            {t('talks.title')}
          </a>
        )}
      </div>
    </section>
  )
}

const Data = ({ sight }: { readonly sight: CaseSight }): JSX.Element => {
  const t = useWords()
  const { record } = sight
  return (
    <section aria-labelledby="data">
      <h2 id="data">{t('casedata.title')}</h2>
      <p class="soft">{t('casedata.text')}</p>
      {record.data.length > 0 && (
        <ul class="list">
          {record.data.map(({ category }) => (
            <li key={category}>
              <a href={`/cases/${record.id}/data/${category}`}>{t(`category.${category}`)}</a>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a class="button" href={`/cases/${record.id}/data`}>
          {t('casedata.write')}
        </a>
      </p>
      <p>
        <a href={`/cases/${record.id}/report`}>{t('report.link')}</a>
      </p>
      <p>
        <a href={`/cases/${record.id}/export`}>{t('export.one')}</a>
      </p>
    </section>
  )
}

/** Who answers for the case; anybody of the agency may take charge. */
const Charge = ({ sight }: { readonly sight: CaseSight }): JSX.Element => {
  const t = useWords()
  const { manager } = sight.pathway
  return (
    <div class="charge">
      <span>{t(`charge.${manager}`)}</span>
      {manager !== 'you' && (
        <PostForm action={`/cases/${sight.record.id}/charge`}>
          <button class="button plain">{t('charge.take')}</button>
        </PostForm>
      )}
    </div>
  )
}

const Gaps = ({ sight }: { readonly sight: CaseSight }): JSX.Element | null => {
  const t = useWords()
  const { gaps } = sight.pathway
  if (gaps.length === 0) return null
  return (
    <section aria-labelledby="gaps">
      <h2 id="gaps">{t('gaps.of_case', { count: gaps.length })}</h2>
      <ul class="cards">
        {gaps.map((gap) => (
          <GapCard key={gap.gap.id} sight={gap} />
        ))}
      </ul>
    </section>
  )
}

const Settings = ({ sight }: { readonly sight: CaseSight }): JSX.Element => {
  const t = useWords()
  const { id, status } = sight.record
  const blocked = sight.record.do_not_send.length
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">{t('case.settings')}</h2>
      <ul class="list">
        <li>
          <a href={`/cases/${id}/do-not-send`}>
            {t('blocked.title')}
            {blocked > 0 && <span class="soft tabular">{blocked}</span>}
          </a>
        </li>
        <li>
          <a href={`/cases/${id}/status`}>{t(status === 'open' ? 'case.close' : 'case.reopen')}</a>
        </li>
      </ul>
    </section>
  )
}

const useFacts = (sight: CaseSight): readonly Fact[] => {
  const t = useWords()
  const { record } = sight
  const needs = record.needs.map((need) => t(`need.${need}`)).join(', ')
  return [
    { name: t('referral.age'), value: t(`age.${record.age_band}`) },
    { name: t('referral.area'), value: sight.area === '' ? t('none') : sight.area },
    { name: t('referral.languages'), value: sight.languages || t('none') },
    { name: t('referral.needs'), value: needs === '' ? t('none') : needs },
  ]
}

/** What is missing first, then the pathway, the plan, and what is written down. */
export const CasePage = (given: {
  readonly sight: CaseSight
  readonly isDone: boolean
}): JSX.Element => {
  const { sight, isDone } = given
  const t = useWords()
  const { record } = sight
  const facts = useFacts(sight)
  const { closed_at: closedAt, close_reason: reason } = sight.pathway.pathway
  return (
    <>
      {isDone && (
        <Banner look="good" icon="check" role="status">
          <p>{t('case.recorded')}</p>
        </Banner>
      )}
      <p class="soft">{t('case.title')}</p>
      <h1 class="code">{record.reference}</h1>
      {closedAt !== null && (
        <Banner look="calm" icon="info">
          <p>
            {t('case.closed_on', { day: sight.closedOn })}
            {reason !== null && ` ${t(`closing.${reason}`)}.`}
          </p>
        </Banner>
      )}
      <Charge sight={sight} />
      {record.status === 'open' && <SendButton id={record.id} />}
      <Gaps sight={sight} />
      <Jumps />
      <Facts facts={facts} />
      <p>
        <a href={`/cases/${record.id}/change`}>{t('case.change')}</a>
      </p>
      <Stages sight={sight} />
      {sight.others.length > 0 && <Others sight={sight} />}
      <Plan sight={sight} />
      <Returns sight={sight} />
      <Checks sight={sight} />
      <Records sight={sight} />
      <Consents id={record.id} grants={sight.grants} />
      <Data sight={sight} />
      <Settings sight={sight} />
    </>
  )
}

const PARTS = [
  ['pathway', 'pathway.title'],
  ['plan', 'plan.title'],
  ['returns', 'return.title'],
  ['checks', 'checks.title'],
  ['records', 'records.title'],
  ['consents', 'consent.title'],
  ['data', 'casedata.title'],
] as const

/** The page is long on a telephone: each part is one tap away. */
const Jumps = (): JSX.Element => {
  const t = useWords()
  return (
    <nav aria-label={t('case.parts')}>
      <ul class="links">
        {PARTS.map(([id, key]) => (
          <li key={id}>
            <a href={`#${id}`}>{t(key)}</a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const Others = ({ sight }: { readonly sight: CaseSight }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="others">
      <h2 id="others">{t('case.others')}</h2>
      {sight.others.map((referral) => (
        <p key={referral.id}>
          <a href={`/referrals/${referral.id}`}>
            {t(`purpose.${referral.purpose}`)} · {referral.other_agency}
          </a>{' '}
          <StatePill state={referral.state} />
        </p>
      ))}
    </section>
  )
}
