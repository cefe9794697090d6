import type { Static } from 'typebox'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditItem, AuditPage, Inclusion } from '../src/contracts/audit.ts'
import { verifyBundle, type Verdict } from '../services/audit/verify.ts'
import type { Player } from './cast.ts'

const PAGE = 200
const ATTEMPTS = 50

const sizeOf = (checkpoint: string): number => Number(checkpoint.split('\n')[1])

const readItems = async (player: Player, caseId: string): Promise<AuditItem[]> => {
  const items: AuditItem[] = []
  let after: string | null = ''
  while (after !== null) {
    const query: string = `case=${caseId}&limit=${PAGE}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`
    const page: Static<typeof AuditPage> = await player.api.get(`/v1/audit/entries?${query}`)
    items.push(...page.items)
    after = page.next
  }
  return items
}

export interface Trail {
  readonly verdict: Verdict
  readonly items: readonly AuditItem[]
}

/**
 * Reads what an agency may see of one case's trail and checks it as a partner would: with the
 * hub's public key and nothing else of the hub's word.
 */
export const verifyTrail = async (player: Player, caseId: string): Promise<Trail> => {
  const items = await readItems(player, caseId)
  const last = Math.max(...items.map((item) => item.position))
  const key = await player.api.get<string>('/v1/audit/key')
  let checkpoint = await player.api.get<string>('/v1/audit/checkpoint')
  for (let tries = 0; sizeOf(checkpoint) <= last && tries < ATTEMPTS; tries += 1) {
    await pause(100)
    checkpoint = await player.api.get<string>('/v1/audit/checkpoint')
  }
  const size = sizeOf(checkpoint)
  const inclusions = await Promise.all(
    items.map((item) =>
      player.api.get<Static<typeof Inclusion>>(
        `/v1/audit/inclusion?position=${item.position}&size=${size}`,
      ),
    ),
  )
  return { items, verdict: verifyBundle({ key, checkpoint, agency: player.id, items, inclusions }) }
}
