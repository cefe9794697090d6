import type { ComponentChildren, JSX } from 'preact'
import type { AgencyRead } from '../../../src/contracts/directory.ts'
import type { ProposalRead } from '../../../src/contracts/identity.ts'
import { Head } from '../parts/blocks.tsx'
import { Buttons } from '../parts/buttons.tsx'
import { Choices, PostForm, type Option } from '../parts/fields.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { AgencyFields } from './agencies.tsx'
import { ProposalPill } from './proposals.tsx'
import { nameIn } from '../names.ts'

/** How far an agency has come. */
export interface Onboarding {
  /** The proposal that admits it: what is open, or else the last that was carried out. */
  readonly admission: ProposalRead | null
  /** How many proposals about it are open. */
  readonly waiting: number
  /** A supervisor of it who is active. */
  readonly supervisor: string | null
  /** Whether one of them has an account. */
  readonly hasSupervisorIn: boolean
}

const Step = (given: {
  readonly title: string
  readonly isDone: boolean
  readonly isNow: boolean
  readonly children?: ComponentChildren
}): JSX.Element => {
  const { title, isDone, isNow, children } = given
  const t = useWords()
  const state = isDone ? 'done' : isNow ? 'now' : 'later'
  return (
    <li class={state}>
      <b>{title}</b> <span class="soft small">{t(`agency.step.${state}`)}</span>
      {children}
    </li>
  )
}

const Steps = (given: { readonly agency: string; readonly onboarding: Onboarding }) => {
  const { agency, onboarding } = given
  const { admission, supervisor, hasSupervisorIn } = onboarding
  const t = useWords()
  const isProposed = admission !== null || supervisor !== null
  const isAgreed = admission?.state === 'carried_out' || supervisor !== null
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">{t('agency.steps')}</h2>
      <ol class="timeline">
        <Step title={t('agency.step.known')} isDone isNow={false} />
        <Step title={t('agency.step.propose')} isDone={isProposed} isNow={!isProposed}>
          {!isProposed && (
            <p>
              <a class="button main" href={`/proposals/new?kind=agency&agency=${agency}`}>
                {t('agency.step.propose.now')}
              </a>
            </p>
          )}
        </Step>
        <Step title={t('agency.step.agree')} isDone={isAgreed} isNow={isProposed && !isAgreed}>
          {admission !== null && (
            <p>
              <a href={`/proposals/${admission.id}`}>{t('agency.step.agree.see')}</a>{' '}
              <ProposalPill proposal={admission} />
            </p>
          )}
        </Step>
        <Step
          title={t('agency.step.invite')}
          isDone={hasSupervisorIn}
          isNow={isAgreed && !hasSupervisorIn}
        >
          {supervisor !== null && !hasSupervisorIn && (
            <p>
              <a class="button main" href={`/people/${supervisor}?agency=${agency}`}>
                {t('agency.step.invite.now')}
              </a>
            </p>
          )}
        </Step>
        <Step title={t('agency.step.in')} isDone={hasSupervisorIn} isNow={false} />
      </ol>
    </section>
  )
}

export const AgencyPageOf = (given: {
  readonly agency: AgencyRead
  readonly onboarding: Onboarding
  readonly areas: readonly Option[]
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { agency, onboarding, areas, trouble, form } = given
  const { id, version, active } = agency
  const t = useWords()
  const isActive = form === null ? active : form.list('active').includes('yes')
  return (
    <>
      <Told {...trouble} />
      <Head title={nameIn(t.language, agency)}>
        <span class="soft">{t(`agency.kind.${agency.kind}`)}</span>
      </Head>
      <Steps agency={id} onboarding={onboarding} />
      <section aria-labelledby="see">
        <h2 id="see">{t('agency.see')}</h2>
        <ul class="list">
          <li>
            <a href={`/people?agency=${id}`}>{t('people.title')}</a>
          </li>
          <li>
            <a href={`/agencies/${id}/keys`}>{t('key.title')}</a>
          </li>
          <li>
            <a href={`/programs?agency=${id}`}>{t('program.title')}</a>
          </li>
          <li>
            <a href={`/proposals/new?agency=${id}`}>{t('proposal.new')}</a>
          </li>
          <li>
            <a href="/proposals">{t('agency.waiting', { count: onboarding.waiting })}</a>
          </li>
        </ul>
      </section>
      <section aria-labelledby="change">
        <h2 id="change">{t('agency.change')}</h2>
        <PostForm action={`/agencies/${id}`}>
          <input type="hidden" name="version" value={version} />
          <AgencyFields areas={areas} before={agency} form={form} wrong={trouble.wrong} />
          <Choices
            type="checkbox"
            name="active"
            legend={t('agency.active')}
            options={[
              { value: 'yes', text: t('agency.active.yes'), hint: t('agency.active.hint') },
            ]}
            chosen={isActive ? ['yes'] : []}
            wrong={trouble.wrong}
          />
          <Buttons back="/agencies">{t('form.save')}</Buttons>
        </PostForm>
      </section>
    </>
  )
}
