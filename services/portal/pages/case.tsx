import type { JSX } from 'preact'
import type { Purpose, StageState } from '../../../src/contracts/codes.ts'
import type { CaseSight, GrantSight, StageSight } from '../case-sight.ts'
import { Facts } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { Pill, StatePill, type Look } from '../parts/pill.tsx'
import type { IconName } from '../parts/icon.tsx'
import { useWords } from '../parts/words.ts'

const STAGE_LOOKS: Readonly<
  Record<StageState, { readonly look: Look; readonly icon: IconName; readonly line: string }>
> = {
  not_assessed: { look: 'quiet', icon: 'ring', line: '' },
  needed: { look: 'wait', icon: 'warn', line: 'needs' },
  not_needed: { look: 'quiet', icon: 'dash', line: '' },
  survivor_declined: { look: 'quiet', icon: 'dash', line: '' },
  referred: { look: 'calm', icon: 'arrow', line: 'now' },
  in_service: { look: 'good', icon: 'people', line: 'now' },
  completed: { look: 'good', icon: 'check', line: 'done' },
}

/** The purpose travels in the form, never in an address. */
const SendButton = (given: { readonly id: string; readonly purpose?: Purpose }): JSX.Element => {
  const { id, purpose } = given
  const t = useWords()
  return (
    <PostForm action={`/cases/${id}/send`}>
      {purpose !== undefined && <input type="hidden" name="purpose" value={purpose} />}
      <p>
        <button class="button main">
          {t('send.start')}
          {purpose !== undefined && <span class="hidden-words"> {t(`purpose.${purpose}`)}</span>}
        </button>
      </p>
    </PostForm>
  )
}

const StageRow = (given: { readonly sight: CaseSight; readonly stage: StageSight }) => {
  const { sight, stage } = given
  const t = useWords()
  const { look, icon, line } = STAGE_LOOKS[stage.state]
  const { id } = sight.record
  return (
    <li class={line}>
      <div class="card-top">
        <b>{t(`purpose.${stage.stage}`)}</b>
        <Pill look={look} icon={icon} text={t(`stage.${stage.state}`)} />
      </div>
      {stage.referrals.map((referral) => (
        <p key={referral.id} class="card-facts">
          <a href={`/referrals/${referral.id}`}>{referral.other_agency}</a>{' '}
          <StatePill state={referral.state} />
        </p>
      ))}
      {stage.state === 'needed' && (
        <div class="banner wait gap">
          <div>
            <p>{t('stage.gap')}</p>
            <SendButton id={id} purpose={stage.stage} />
          </div>
        </div>
      )}
      <p class="small">
        <a href={`/cases/${id}/stages/${stage.stage}`}>
          {t('stage.change')}
          <span class="hidden-words"> {t(`purpose.${stage.stage}`)}</span>
        </a>
        {stage.since !== null && <span class="soft"> · {stage.since}</span>}
      </p>
    </li>
  )
}

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
    </section>
  )
}

/** The pathway first: what is done, what runs, what nobody has taken yet. */
export const CasePage = ({ sight }: { readonly sight: CaseSight }): JSX.Element => {
  const t = useWords()
  const { record } = sight
  const needs = record.needs.map((need) => t(`need.${need}`)).join(', ')
  return (
    <>
      <p class="soft">{t('case.title')}</p>
      <h1 class="code">{record.reference}</h1>
      <SendButton id={record.id} />
      <Facts
        facts={[
          { name: t('referral.age'), value: t(`age.${record.age_band}`) },
          { name: t('referral.area'), value: sight.area === '' ? t('none') : sight.area },
          { name: t('referral.languages'), value: sight.languages || t('none') },
          { name: t('referral.needs'), value: needs === '' ? t('none') : needs },
        ]}
      />
      <section aria-labelledby="pathway">
        <h2 id="pathway">{t('pathway.title')}</h2>
        <ol class="timeline">
          {sight.stages.map((stage) => (
            <StageRow key={stage.stage} sight={sight} stage={stage} />
          ))}
        </ol>
      </section>
      {sight.others.length > 0 && (
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
      )}
      <Consents id={record.id} grants={sight.grants} />
      <Data sight={sight} />
    </>
  )
}
