import type { JSX } from 'preact'
import type { Purpose, StageState } from '../../../src/contracts/codes.ts'
import type { CaseSight, StageSight } from '../case-sight.ts'
import { PostForm } from '../parts/fields.tsx'
import { SeverityPill } from '../parts/gap-card.tsx'
import type { IconName } from '../parts/icon.tsx'
import { Pill, StatePill, type Look } from '../parts/pill.tsx'
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

/** What is asked travels in the form, never in an address. */
const FindButton = (given: { readonly id: string; readonly purpose: Purpose }): JSX.Element => {
  const { id, purpose } = given
  const t = useWords()
  return (
    <PostForm action={`/cases/${id}/find`}>
      <input type="hidden" name="purpose" value={purpose} />
      <button class="button main">
        {t('stage.find')}
        <span class="hidden-words"> {t(`purpose.${purpose}`)}</span>
      </button>
    </PostForm>
  )
}

const StageRow = (given: { readonly sight: CaseSight; readonly stage: StageSight }) => {
  const { sight, stage } = given
  const t = useWords()
  const { look, icon, line } = STAGE_LOOKS[stage.state]
  const { id } = sight.record
  const gap = sight.pathway.gaps.find((each) => each.gap.stage === stage.stage)?.gap
  return (
    <li class={line}>
      <div class="card-top">
        <b>{t(`purpose.${stage.stage}`)}</b>
        <Pill look={look} icon={icon} text={t(`stage.${stage.state}`)} />
        {gap !== undefined && (
          <a href={`#gap-${gap.id}`}>
            <SeverityPill severity={gap.severity} />
            <span class="hidden-words"> {t('gaps.see')}</span>
          </a>
        )}
      </div>
      {stage.reason !== null && <p class="card-facts">{stage.reason}</p>}
      {stage.again !== null && (
        <p class="card-facts">{t('stage.again_on', { day: stage.again })}</p>
      )}
      {stage.referrals.map((referral) => (
        <p key={referral.id} class="card-facts">
          <a href={`/referrals/${referral.id}`}>{referral.other_agency}</a>{' '}
          <StatePill state={referral.state} />
        </p>
      ))}
      {stage.state === 'needed' && gap === undefined && (
        <div class="banner wait gap">
          <div>
            <p>{t('stage.gap')}</p>
            <FindButton id={id} purpose={stage.stage} />
          </div>
        </div>
      )}
      <p class="small">
        <a href={`/cases/${id}/stages/${stage.stage}`}>
          {t('stage.change')}
          <span class="hidden-words"> {t(`purpose.${stage.stage}`)}</span>
        </a>
        {stage.since !== null && (
          <span class="soft"> · {t('stage.since', { at: stage.since })}</span>
        )}
      </p>
    </li>
  )
}

/** Eleven stages in their usual order: what is done, what runs, what nobody has taken yet. */
export const Stages = ({ sight }: { readonly sight: CaseSight }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="pathway">
      <h2 id="pathway">{t('pathway.title')}</h2>
      <ol class="timeline">
        {sight.stages.map((stage) => (
          <StageRow key={stage.stage} sight={sight} stage={stage} />
        ))}
      </ol>
    </section>
  )
}
