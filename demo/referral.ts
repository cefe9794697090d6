import type { Static } from 'typebox'
import type { Category, Purpose } from '../src/contracts/codes.ts'
import type { ArrivalCode, Moved, OpenedCategory, SentReferral } from '../src/contracts/referral.ts'
import type { Player } from './cast.ts'
import { demoServiceOf } from './network.ts'
import { note, step } from './tell.ts'

/** A referral in play: who plays which side, and the version that both have seen. */
export interface InPlay {
  readonly id: string
  readonly from: Player
  readonly to: Player
  readonly purpose: Purpose
  readonly permit: string
  version: number
}

export interface Sending {
  readonly case: string
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  readonly kind?: 'referral' | 'transfer'
  readonly urgency?: 'emergency' | 'urgent' | 'normal'
  readonly previous?: string
}

export const send = async (from: Player, to: Player, sending: Sending): Promise<InPlay> => {
  const { case: caseId, purpose, categories, kind, urgency = 'urgent', previous } = sending
  const sent = await step(`${from.name} refers for ${purpose} to ${to.name}`, () =>
    from.api.post<SentReferral>('/v1/referrals', {
      case: caseId,
      service: demoServiceOf(to.key, purpose).id,
      urgency,
      categories,
      ...(kind === undefined ? {} : { kind }),
      ...(previous === undefined ? {} : { previous }),
    }),
  )
  const withheld =
    sent.dropped.length === 0 ? '' : `; withheld without consent: ${sent.dropped.join(', ')}`
  note(`shared: ${sent.categories.join(', ')}${withheld}`)
  const inPlay = { id: sent.id, from, to, purpose, permit: sent.permit, version: sent.version }
  await to.hears('referrals.referral.sent.v1', sent.id)
  return inPlay
}

const take = async (
  by: Player,
  referral: InPlay,
  verb: string,
  body: object = {},
): Promise<void> => {
  const path = `/v1/referrals/${referral.id}/${verb}`
  const moved = await by.api.post<Moved>(path, { version: referral.version, ...body })
  referral.version = moved.version
}

/** The recipient's step; resolves when the sender has heard of it. */
export const receive = async (
  referral: InPlay,
  verb: string,
  words: string,
  event: string,
  body: object = {},
): Promise<void> => {
  await step(`${referral.to.name} ${words}`, () => take(referral.to, referral, verb, body))
  await referral.from.hears(`referrals.referral.${event}.v1`, referral.id)
}

/** The sender's step; resolves when the recipient has heard of it. */
export const follow = async (
  referral: InPlay,
  verb: string,
  words: string,
  event: string,
  body: object = {},
): Promise<void> => {
  await step(`${referral.from.name} ${words}`, () => take(referral.from, referral, verb, body))
  await referral.to.hears(`referrals.referral.${event}.v1`, referral.id)
}

export const accept = async (referral: InPlay): Promise<void> => {
  await receive(referral, 'acknowledge', 'acknowledges', 'acknowledged')
  await receive(referral, 'accept', 'accepts', 'accepted')
}

/** The recipient opens one category; the sender hears that it was opened. */
export const open = async (referral: InPlay, category: Category): Promise<unknown> => {
  const path = `/v1/referrals/${referral.id}/package/${category}/open`
  const { data } = await step(`${referral.to.name} opens ${category}`, () =>
    referral.to.api.post<Static<typeof OpenedCategory>>(path, {}),
  )
  await referral.from.hears('referrals.package.opened.v1', referral.id)
  return data
}

/** Warm hand-over: the sender reads the code, the survivor carries it, the recipient enters it. */
export const handOver = async (referral: InPlay): Promise<void> => {
  const { code } = await referral.from.api.get<Static<typeof ArrivalCode>>(
    `/v1/referrals/${referral.id}/arrival-code`,
  )
  note(`the survivor carries arrival code ${code}`)
  await receive(referral, 'hand-over', 'enters the code: she has arrived', 'handed_over', {
    arrival_code: code,
  })
}

export const serve = async (referral: InPlay): Promise<void> => {
  await handOver(referral)
  await receive(referral, 'start', 'starts the service', 'service_started')
}
