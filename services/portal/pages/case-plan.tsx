import type { JSX } from 'preact'
import { ENTRY_KINDS, ENTRY_PATHS } from '../../../src/contracts/pathway.ts'
import type { CaseSight } from '../case-sight.ts'
import type { EntrySight } from '../pathway-sight.ts'
import { Pill } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'

interface Given {
  readonly sight: CaseSight
}

const GoalRow = (given: { readonly id: string; readonly goal: EntrySight }): JSX.Element => {
  const { id, goal } = given
  const t = useWords()
  return (
    <li>
      <a href={`/cases/${id}/goals/${goal.entry.id}`}>
        <span>
          <b>{goal.title}</b>
          <br />
          <span class="soft small">
            {t('goal.line', { agency: goal.agencies, day: goal.due ?? '' })}
          </span>
        </span>
        {goal.isLate && <Pill look="late" icon="clock" text={t('goal.late')} />}
      </a>
    </li>
  )
}

/** What is aimed at, who sees to it, and by when. */
export const Plan = ({ sight }: Given): JSX.Element => {
  const t = useWords()
  const { goals } = sight.pathway
  const { id } = sight.record
  return (
    <section aria-labelledby="plan">
      <h2 id="plan">{t('plan.title')}</h2>
      {goals.length === 0 ? (
        <p class="soft">{t('plan.empty')}</p>
      ) : (
        <ul class="list">
          {goals.map((goal) => (
            <GoalRow key={goal.entry.id} id={id} goal={goal} />
          ))}
        </ul>
      )}
      <p>
        <a class="button" href={`/cases/${id}/record/goals`}>
          {t('entry.goal.new')}
        </a>
      </p>
    </section>
  )
}

/** The newest of each kind of record, and where to add one. */
export const Records = ({ sight }: Given): JSX.Element => {
  const t = useWords()
  const { id } = sight.record
  return (
    <section aria-labelledby="records">
      <h2 id="records">{t('records.title')}</h2>
      <ul class="list">
        {ENTRY_KINDS.filter((kind) => kind !== 'goal').map((kind) => {
          const latest = sight.pathway.latest.find(({ entry }) => entry.kind === kind)
          return (
            <li key={kind}>
              <div class="row">
                <span>
                  <b>{t(`entry.${kind}`)}</b>
                  <br />
                  <span class="soft small">
                    {latest === undefined
                      ? t('records.none')
                      : [latest.day, latest.state].filter((word) => word !== null).join(' · ')}
                    {latest !== undefined &&
                      latest.due !== null &&
                      ` · ${t('entry.look_again', { day: latest.due })}`}
                  </span>
                </span>
                <a class="button" href={`/cases/${id}/record/${ENTRY_PATHS[kind]}`}>
                  {t('records.add')}
                  <span class="hidden-words"> {t(`entry.${kind}`)}</span>
                </a>
              </div>
            </li>
          )
        })}
      </ul>
      <p>
        <a href={`/cases/${id}/entries`}>{t('records.all')}</a>
      </p>
    </section>
  )
}

/** Nobody is brought back without the survivor's own wish and a look at the risk (UU 21/2007 art. 51). */
export const Returns = ({ sight }: Given): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="returns">
      <h2 id="returns">{t('return.title')}</h2>
      <p class="soft">{t('return.text')}</p>
      <ul class="list">
        {sight.returns.map(({ read }) => {
          const isOpen = read.wish === 'wants_this' && read.risk !== null
          return (
            <li key={read.purpose}>
              <a href={`/cases/${sight.record.id}/returns/${read.purpose}`}>
                <span>
                  <b>{t(`purpose.${read.purpose}`)}</b>
                  <br />
                  <span class="soft small">
                    {t('return.wish')}:{' '}
                    {read.wish === null ? t('return.not_asked') : t(`wish.${read.wish}`)}
                    {' · '}
                    {t('return.risk')}:{' '}
                    {read.risk === null ? t('return.not_judged') : t(`risk.${read.risk}`)}
                  </span>
                </span>
                <Pill
                  look={isOpen ? 'good' : 'quiet'}
                  icon={isOpen ? 'check' : 'lock'}
                  text={t(isOpen ? 'return.open' : 'return.shut')}
                />
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** What must be looked at after a closing, and whether somebody did. */
export const Checks = ({ sight }: Given): JSX.Element => {
  const t = useWords()
  const { checks } = sight.pathway
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">{t('checks.title')}</h2>
      {checks.length === 0 ? (
        <p class="soft">{t('checks.empty')}</p>
      ) : (
        <ul class="list">
          {checks.map(({ check, due, isLate }) => (
            <li key={`${check.closed_at}-${check.days}`}>
              <div class="row">
                <span>
                  <b>{t('checks.day', { count: check.days })}</b>
                  <br />
                  <span class="soft small">{due}</span>
                </span>
                {check.done ? (
                  <Pill look="good" icon="check" text={t('checks.done')} />
                ) : isLate ? (
                  <Pill look="late" icon="clock" text={t('checks.late')} />
                ) : (
                  <Pill look="quiet" icon="clock" text={t('checks.later')} />
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a class="button" href={`/cases/${sight.record.id}/record/visits`}>
          {t('entry.visit.new')}
        </a>
      </p>
    </section>
  )
}
