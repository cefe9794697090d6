import { setTimeout as pause } from 'node:timers/promises'
import { parsePolicy, verifyBundle, type Verdict } from '../src/client/client.ts'
import type { Player } from './cast.ts'

const ATTEMPTS = 50

/** The name under which this agency knows the case: its id, or what a referral to it says. */
const nameOf = async (player: Player, caseId: string): Promise<string> => {
  const query = { side: 'recipient', limit: 1 }
  const page = await player.api.call('GET /v1/referrals', { query })
  return page.items[0]?.subject ?? caseId
}

/**
 * Reads what an agency may see of one case's trail and checks it as a partner would: with the
 * hub's public key and nothing else of the hub's word.
 */
export const verifyTrail = async (player: Player, caseId: string): Promise<Verdict> => {
  const policy = await parsePolicy(await player.api.trailPolicy())
  const about = { case: await nameOf(player, caseId) }
  let bundle = await player.api.trail(about)
  for (let tries = 0; bundle.entries.length === 0 && tries < ATTEMPTS; tries += 1) {
    await pause(100)
    bundle = await player.api.trail(about)
  }
  return await verifyBundle(bundle, policy)
}
