import type { JSX } from 'preact'
import type { ProposalRead } from '../../../src/contracts/identity.ts'
import { Empty, Head, More, Tabs } from '../parts/blocks.tsx'
import type { IconName } from '../parts/icon.tsx'
import { Pill, type Look } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'
import { NEEDED, type ProposalSight } from '../proposal-sight.ts'

const LOOKS: Readonly<Record<ProposalRead['state'], readonly [Look, IconName]>> = {
  open: ['wait', 'clock'],
  carried_out: ['good', 'check'],
  rejected: ['quiet', 'cross'],
}

export const ProposalPill = ({ proposal }: { readonly proposal: ProposalRead }): JSX.Element => {
  const t = useWords()
  const [look, icon] = LOOKS[proposal.state]
  const text =
    proposal.state === 'open'
      ? t('proposal.agreed', { agreed: proposal.approved_by.length, needed: NEEDED })
      : t(`proposal.state.${proposal.state}`)
  return <Pill look={look} icon={icon} text={text} />
}

export const ProposalsPage = (given: {
  readonly sights: readonly ProposalSight[]
  readonly all: boolean
  readonly next: string | null
}): JSX.Element => {
  const { sights, all, next } = given
  const t = useWords()
  return (
    <>
      <Head title={t('proposal.title')} />
      <p>{t('proposal.text')}</p>
      <Tabs
        label={t('proposal.title')}
        tabs={[
          { path: '/proposals', text: t('proposal.waiting'), isHere: !all },
          { path: '/proposals?all=true', text: t('proposal.all'), isHere: all },
        ]}
      />
      {sights.length === 0 ? (
        <Empty icon="people" text={t('proposal.empty')} />
      ) : (
        <ul class="list">
          {sights.map(({ proposal, agency, at }) => (
            <li key={proposal.id}>
              <a href={`/proposals/${proposal.id}`}>
                <span>
                  <b>{t(`proposal.kind.${proposal.kind}`)}</b>
                  <br />
                  <span class="soft small">
                    {agency ?? t('agency.hub')} · {at}
                  </span>
                </span>
                <ProposalPill proposal={proposal} />
              </a>
            </li>
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/proposals?all=true&after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
      <div class="actions tall">
        <a class="button main" href="/proposals/new">
          {t('proposal.new')}
        </a>
      </div>
    </>
  )
}
