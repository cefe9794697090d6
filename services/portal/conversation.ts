import { HELD, type Category } from '../../src/contracts/codes.ts'
import { OPENABLE_STATES } from '../../src/contracts/lifecycle.ts'
import { grantsOf, readCase } from './case-sight.ts'
import { referenceOf } from './parts/reference.ts'
import { readReferral, type Detail } from './referral-sight.ts'
import type { Place, SignedVisit } from './visit.ts'

/** Two agencies that write to each other: on a referral, or about a case that one of them has. */
export interface Conversation {
  /** Its page, such as '/referrals/…/messages'. */
  readonly at: string
  readonly back: { readonly path: string; readonly reference: string }
  readonly otherAgency: string
  /** Whether the two may write now, but for what consent says. */
  readonly isOpen: boolean
  /** Whether the survivor's withdrawal closed it. */
  readonly isRevoked: boolean
  readonly categories: readonly Category[]
  /** Whether its reader serves, so that a message may go to whoever has the case by now. */
  readonly mayTurn: boolean
  /** Where the API lists its messages, takes them and their images, each with what it needs to be told. */
  readonly list: string
  readonly send: { readonly path: string; readonly body: object }
  readonly upload: { readonly path: string; readonly query: Readonly<Record<string, string>> }
}

const isOpen = ({ kind, state }: Detail): boolean =>
  OPENABLE_STATES.includes(state) && (kind !== 'transfer' || state === 'accepted')

export const talkOn = async (visit: SignedVisit, referral: Detail): Promise<Conversation> => {
  const { id, side, sender, recipient, categories, state } = referral
  return {
    at: `/referrals/${id}/messages`,
    back: { path: `/referrals/${id}`, reference: referenceOf(id) },
    otherAgency: await visit.names.agency(side === 'sender' ? recipient : sender),
    isOpen: isOpen(referral),
    isRevoked: state === 'revoked',
    categories,
    mayTurn: side === 'recipient',
    list: `/v1/referrals/${id}/messages?`,
    send: { path: `/v1/referrals/${id}/messages`, body: {} },
    upload: { path: `/v1/referrals/${id}/attachments`, query: {} },
  }
}

/** Between the owner of a case and an agency that consent names. @throws Problem, for who has not the case */
const talkAbout = async (visit: SignedVisit, id: string, agency: string): Promise<Conversation> => {
  const { reference } = await readCase(visit, id)
  const grants = (await grantsOf(visit, id)).filter(({ grant }) => grant.recipient === agency)
  const live = grants.filter(({ isActive }) => isActive).flatMap(({ grant }) => grant.categories)
  return {
    at: `/cases/${id}/messages/${agency}`,
    back: { path: `/cases/${id}`, reference },
    otherAgency: await visit.names.agency(agency),
    isOpen: live.length > 0,
    isRevoked: live.length === 0 && grants.some(({ grant }) => grant.status === 'revoked'),
    categories: HELD.filter((each): each is Category => live.some((category) => category === each)),
    mayTurn: false,
    list: `/v1/cases/${id}/messages?with=${agency}&`,
    send: { path: `/v1/cases/${id}/messages`, body: { with: agency } },
    upload: { path: `/v1/cases/${id}/attachments`, query: { with: agency } },
  }
}

/** Where conversations are, and what the ids in their paths are called. */
export const PLACES = ['/referrals/:id/messages', '/cases/:id/messages/:agency'] as const

/** Where in the menu a conversation belongs. */
export const menuOf = (place: (typeof PLACES)[number]): Place =>
  place.startsWith('/cases') ? 'cases' : 'referrals'

/** That of the path asked for. @throws Problem */
export const conversationOf = async (visit: SignedVisit): Promise<Conversation> => {
  const { id, agency } = visit.request.params as { id: string; agency?: string }
  if (agency !== undefined) return await talkAbout(visit, id, agency)
  return await talkOn(visit, await readReferral(visit, id))
}
