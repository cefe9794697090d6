import type { Static } from 'typebox'
import type { ReferralState } from '../../src/contracts/lifecycle.ts'
import type { Referral, ReferralPage } from '../../src/contracts/referral.ts'
import { byNeed, cardOf } from './cards.ts'
import type { InboxProps, InboxTab } from './parts/inbox-list.tsx'
import type { SignedVisit } from './visit.ts'

const STATES: Readonly<Record<Exclude<InboxTab, 'all'>, readonly ReferralState[]>> = {
  new: ['sent', 'acknowledged'],
  asked: ['info_requested'],
  accepted: ['accepted', 'handed_over', 'in_service', 'on_hold', 'completed'],
}

const PAGE_SIZE = 100
/** More open referrals than this are shown in part, and the page says so. */
const MOST_PAGES = 5

interface Found {
  readonly items: readonly Referral[]
  readonly next: string | null
}

const pathOf = (side: string, states: readonly string[], after: string | null): string => {
  const query = new URLSearchParams({ side, limit: String(PAGE_SIZE) })
  for (const state of states) query.append('state', state)
  if (after !== null) query.set('after', after)
  return `/v1/referrals?${query}`
}

/** Everything in these states, so that the latest ones can stand first. */
export const allIn = async (
  visit: SignedVisit,
  side: 'sender' | 'recipient',
  states: readonly ReferralState[],
): Promise<Found> => {
  const items: Referral[] = []
  let next: string | null = null
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found: Static<typeof ReferralPage> = await visit.api.get(pathOf(side, states, next))
    items.push(...found.items)
    next = found.next
    if (next === null) break
  }
  return { items, next }
}

export const pageOf = (
  visit: SignedVisit,
  side: 'sender' | 'recipient',
  after: string | null,
): Promise<Found> => visit.api.get(pathOf(side, [], after))

export interface Inbox {
  readonly props: InboxProps
  readonly next: string | null
}

/** What has come for the reader's agency, ordered by need. */
export const loadInbox = async (
  visit: SignedVisit,
  tab: InboxTab,
  after: string | null,
): Promise<Inbox> => {
  const now = Date.now()
  const open = await allIn(visit, 'recipient', [...STATES.new, ...STATES.asked])
  const ofTab = (name: 'new' | 'asked') =>
    open.items.filter((row) => STATES[name].includes(row.state))
  let found: Found = { items: [], next: null }
  if (tab === 'new' || tab === 'asked') found = { items: ofTab(tab), next: null }
  else if (tab === 'accepted') found = await allIn(visit, 'recipient', STATES.accepted)
  else found = await pageOf(visit, 'recipient', after)
  const rows = tab === 'all' ? found.items : [...found.items].sort(byNeed(now))
  const items = await Promise.all(rows.map((row) => cardOf(visit, row)))
  return {
    props: {
      items,
      tab,
      now,
      counts: { new: ofTab('new').length, asked: ofTab('asked').length },
    },
    next: tab === 'all' ? found.next : null,
  }
}
