import { createHmac } from 'node:crypto'
import type { Actor } from '../../src/actor.ts'
import type { Keys } from '../../src/keys.ts'

/** A link that nobody used is worth nothing after this. */
export const LINK_LIFE_MS = 24 * 3_600_000
const TOKEN_BYTES = 16

/** Follows from the hub's secret and the link's id, so that it is stored nowhere. 22 characters. */
export const tokenOf = (keys: Keys, link: string): string =>
  createHmac('sha256', keys.derive('phone-link'))
    .update(link)
    .digest()
    .subarray(0, TOKEN_BYTES)
    .toString('base64url')

/** Whoever at an agency was told by telephone and got a link: may acknowledge, and nothing else. */
export const phoneContactOf = (agency: string): Actor => ({
  kind: 'person',
  id: 'phone-contact',
  agency,
  roles: ['intake_worker'],
  scopes: [],
})

const WINDOW_MS = 15 * 60_000
const MOST_MISSES = 10
/** Addresses remembered at most; when more miss at once, somebody is trying from everywhere. */
const MOST_ADDRESSES = 10_000

/** Counts links that were none, for each address of a caller, on this replica. */
export const createMisses = (now: () => Date) => {
  let misses = new Map<string, number>()
  let until = 0
  const forgetOld = (): void => {
    const at = now().getTime()
    if (at < until) return
    misses = new Map()
    until = at + WINDOW_MS
  }
  return {
    isTooMany: (address: string): boolean => {
      forgetOld()
      return (misses.get(address) ?? 0) >= MOST_MISSES || misses.size >= MOST_ADDRESSES
    },
    add: (address: string): void => {
      misses.set(address, (misses.get(address) ?? 0) + 1)
    },
  }
}
