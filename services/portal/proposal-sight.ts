import type { ProposalRead } from '../../src/contracts/identity.ts'
import type { Fact } from './parts/blocks.tsx'
import type { SignedVisit } from './visit.ts'

/** Two administrators agree. */
export const NEEDED = 2

/** Kinds of which a key is a part: they are agreed to by its fingerprint. */
export const isOfKey = (proposal: Pick<ProposalRead, 'kind'>): boolean =>
  proposal.kind === 'program' || proposal.kind === 'agency_key'

export interface ProposalSight {
  readonly proposal: ProposalRead
  /** Name of the agency that it is about; null: the hub. */
  readonly agency: string | null
  readonly at: string
  /** What it would do, in words. */
  readonly facts: readonly Fact[]
  /** Whether the reader may decide, and has agreed already. */
  readonly may: { readonly decide: boolean }
  readonly hasAgreed: boolean
  /** Groups to read aloud; null: there is no key, or whoever looks is to hear it. */
  readonly fingerprint: string | null
}

const factsOf = ({ t }: SignedVisit, proposal: ProposalRead): readonly Fact[] => {
  const { admit, program, provider, hub_person: person } = proposal
  if (admit !== undefined) {
    return [
      { name: t('proposal.supervisor'), value: admit.supervisor },
      { name: t('people.language'), value: t(`language.${admit.language}`) },
    ]
  }
  if (program !== undefined) {
    const scopes = program.scopes.map((scope) => t(`scope.${scope}`)).join(', ')
    return [
      { name: t('proposal.client'), value: program.client_id },
      { name: t('program.scopes'), value: scopes },
    ]
  }
  if (provider !== undefined) {
    return [
      { name: t('proposal.handle'), value: provider.handle },
      { name: t('proposal.issuer'), value: provider.issuer },
      { name: t('proposal.client'), value: provider.client_id },
      { name: t('proposal.provider.active'), value: t(provider.active ? 'yes' : 'no') },
    ]
  }
  if (person === undefined) return []
  return [
    { name: t('people.name'), value: person.display_name },
    { name: t('people.roles'), value: t(`role.${person.role}`) },
  ]
}

export const proposalSight = async (
  visit: SignedVisit,
  proposal: ProposalRead,
): Promise<ProposalSight> => {
  const { me, names, when } = visit
  const isHub = me.agency === null
  return {
    proposal,
    agency: proposal.agency === undefined ? null : await names.agency(proposal.agency),
    at: when.full(proposal.proposed_at),
    facts: factsOf(visit, proposal),
    may: { decide: isHub && proposal.state === 'open' },
    hasAgreed: proposal.approved_by.includes(me.id),
    // An administrator hears it from the agency by telephone: it is not read off a page.
    fingerprint: isHub && proposal.state === 'open' ? null : proposal.fingerprint,
  }
}
