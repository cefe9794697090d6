import { createHmac } from 'node:crypto'
import type { NewChannel } from '../../src/contracts/notices.ts'
import type { Keys } from '../../src/keys.ts'
import { seal, unseal, type Sealed } from '../../src/seal.ts'

const SEAL = 'seal/channels'
const placeOf = (channel: string): string => `channel/${channel}`

/** What a channel leads to, as it is sealed. */
export type Lead =
  | { readonly to: string }
  | { readonly endpoint: string }
  | { readonly url: string }
  | { readonly number: string }

/** Without what the hub has no use for: pushes are empty, so that no key of a browser is kept. */
export const leadOf = (channel: NewChannel): Lead => {
  if ('to' in channel) return { to: channel.to }
  if ('endpoint' in channel) return { endpoint: channel.endpoint }
  if ('url' in channel) return { url: channel.url }
  return { number: channel.number }
}

export const sealLead = (keys: Keys, channel: string, lead: Lead): Sealed =>
  seal(keys.derive(SEAL), Buffer.from(JSON.stringify(lead)), placeOf(channel))

export const openLead = (keys: Keys, channel: string, box: Sealed): Lead =>
  JSON.parse(unseal(keys.derive(SEAL), box, placeOf(channel)).toString('utf8')) as Lead

/** Keyed, so that the table does not tell whether an address is in it. */
export const fingerprintOf = (keys: Keys, lead: Lead): string =>
  createHmac('sha256', keys.derive('channels')).update(JSON.stringify(lead)).digest('base64url')

/** A push endpoint is a secret of its browser: its host says enough. */
export const shownLead = (lead: Lead): string => {
  if ('to' in lead) return lead.to
  if ('number' in lead) return lead.number
  if ('url' in lead) return lead.url
  return new URL(lead.endpoint).host
}
