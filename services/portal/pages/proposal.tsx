import type { JSX } from 'preact'
import { pathWith } from '../all-pages.ts'
import { Banner, Facts } from '../parts/blocks.tsx'
import { PostForm, TextField, type Wrong } from '../parts/fields.tsx'
import { Fingerprint } from '../parts/fingerprint.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import { isOfKey, type ProposalSight } from '../proposal-sight.ts'
import type { Form } from '../visit.ts'
import { ProposalPill } from './proposals.tsx'

/** Agreeing: to a key by what was heard on the telephone, typed and never shown. */
const Approve = (given: {
  readonly sight: ProposalSight
  readonly form: Form | null
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { sight, form, wrong } = given
  const { proposal } = sight
  const t = useWords()
  return (
    <PostForm action={`/proposals/${proposal.id}/approve`}>
      <input type="hidden" name="version" value={proposal.version} />
      {isOfKey(proposal) && (
        <TextField
          name="fingerprint"
          label={t('proposal.heard')}
          hint={t('proposal.heard.hint')}
          kind="codes"
          maxLength={100}
          value={form?.text('fingerprint') ?? ''}
          wrong={wrong}
        />
      )}
      <div class="actions tall">
        <button class="button main" id={isOfKey(proposal) ? undefined : 'fingerprint'}>
          {t('proposal.approve')}
        </button>
      </div>
    </PostForm>
  )
}

const Decide = (given: {
  readonly sight: ProposalSight
  readonly form: Form | null
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { proposal, hasAgreed } = given.sight
  const t = useWords()
  return (
    <>
      <section aria-labelledby="approve">
        <h2 id="approve">{t('proposal.approve.title')}</h2>
        {hasAgreed ? (
          <p>{t('proposal.own')}</p>
        ) : (
          <>
            <p>{t(isOfKey(proposal) ? 'proposal.call' : 'proposal.approve.text')}</p>
            <Approve {...given} />
          </>
        )}
      </section>
      <section aria-labelledby="reject">
        <h2 id="reject">{t('proposal.reject.title')}</h2>
        <p>{t('proposal.reject.text')}</p>
        <PostForm action={`/proposals/${proposal.id}/reject`}>
          <input type="hidden" name="version" value={proposal.version} />
          <div class="actions tall">
            <button class="button">{t('proposal.reject')}</button>
          </div>
        </PostForm>
      </section>
    </>
  )
}

/** For the agency: what to say when the hub calls. */
const ReadAloud = ({ fingerprint }: { readonly fingerprint: string }): JSX.Element => {
  const t = useWords()
  return (
    <div class="card">
      <h2>{t('key.fingerprint')}</h2>
      <p class="aloud">
        <Fingerprint text={fingerprint} />
      </p>
      <p>{t('proposal.aloud')}</p>
    </div>
  )
}

export const ProposalPageOf = (given: {
  readonly sight: ProposalSight
  readonly isHub: boolean
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { sight, isHub, trouble, form } = given
  const { proposal, agency, at, facts, may, fingerprint } = sight
  const t = useWords()
  const { person } = proposal
  return (
    <>
      <Told {...trouble} />
      <h1>{t(`proposal.kind.${proposal.kind}`)}</h1>
      <p>
        <ProposalPill proposal={proposal} />
      </p>
      <Facts
        facts={[
          { name: t('account.agency'), value: agency ?? t('agency.hub') },
          ...facts,
          { name: t('proposal.at'), value: at },
        ]}
      />
      {fingerprint !== null && <ReadAloud fingerprint={fingerprint} />}
      {person !== undefined && isHub && (
        <Banner look="good" icon="check" title={t('proposal.person')}>
          {proposal.kind === 'agency' && <p>{t('proposal.person.day')}</p>}
          <p>
            <a class="button" href={pathWith(`/people/${person}`, { agency: proposal.agency })}>
              {t('people.invite.title')}
            </a>
          </p>
        </Banner>
      )}
      {proposal.kind === 'agency_key' && proposal.state === 'carried_out' && (
        <p>
          <a href={`/agencies/${proposal.agency}/keys`}>{t('key.title')}</a>
        </p>
      )}
      {!isHub && proposal.state === 'open' && <p>{t('proposal.wait')}</p>}
      {may.decide && <Decide sight={sight} form={form} wrong={trouble.wrong} />}
      {isHub && proposal.agency !== undefined && (
        <div class="actions tall">
          <a class="button" href={`/agencies/${proposal.agency}`}>
            {t('agency.to')}
          </a>
        </div>
      )}
    </>
  )
}
