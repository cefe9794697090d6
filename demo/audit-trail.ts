import { setTimeout as pause } from 'node:timers/promises'
import type { Bundle } from '../src/proof/bundle.ts'
import { parsePolicy } from '../src/proof/policy.ts'
import type { Verdict } from '../src/proof/verdict.ts'
import { verifyBundle } from '../src/proof/verify.ts'
import type { Player } from './cast.ts'

const ATTEMPTS = 50

/** The name under which this agency knows the case: its id, or what a referral to it says. */
const nameOf = async (player: Player, caseId: string): Promise<string> => {
  const page = await player.api.get<{ items: { case: string | null; subject: string }[] }>(
    '/v1/referrals?side=recipient&limit=1',
  )
  return page.items[0]?.subject ?? caseId
}

/**
 * Reads what an agency may see of one case's trail and checks it as a partner would: with the
 * hub's public key and nothing else of the hub's word.
 */
export const verifyTrail = async (player: Player, caseId: string): Promise<Verdict> => {
  const key = await player.api.get<string>('/v1/audit/key')
  const policy = await parsePolicy(`log ${key}quorum none\n`)
  const name = await nameOf(player, caseId)
  const path = `/v1/audit/bundle?case=${encodeURIComponent(name)}`
  let bundle = await player.api.get<Bundle>(path)
  for (let tries = 0; bundle.entries.length === 0 && tries < ATTEMPTS; tries += 1) {
    await pause(100)
    bundle = await player.api.get<Bundle>(path)
  }
  return await verifyBundle(bundle, policy)
}
