import { sql } from 'drizzle-orm'
import { HUB, type Actor } from '../../../src/actor.ts'
import type { Tx } from '../../../src/db.ts'
import { append } from '../../../src/journal.ts'
import { CASE_SEAL } from '../../../src/seal.ts'
import type { Timer } from '../../../src/service.ts'
import { setTimer } from '../../../src/timers.ts'
import { landBatch } from '../imports/land.ts'
import { moveImport } from '../imports/tables.ts'

/** Firings of these: `<import>/<row reached>`, a batch each, and `<import>`. */
export const LAND_TIMER = 'cases.import'
export const EXPIRY_TIMER = 'cases.import_expiry'
/** An import that is landing when its time is over is looked at again so much later. */
const AGAIN_MS = 3_600_000

const actFor = async (tx: Tx, agency: string | null): Promise<void> => {
  const agencies = agency === null ? '{}' : `{${agency}}`
  await tx.execute(sql`select set_config('app.agency', ${agencies}, true)`)
}

/**
 * Lands one batch of an import and sets the next, in one transaction: a process that is killed has landed
 * a batch or not, and whichever replica comes next goes on from there.
 */
export const landImports: Timer = {
  name: LAND_TIMER,
  handle: async (tx, { key }, ctx) => {
    const [id = ''] = key.split('/')
    const [landing] = await tx.execute<{ agency: string; confirmed_by: string }>(
      sql`select * from cases.landing_import(${id})`,
    )
    if (landing === undefined) return
    const { agency, confirmed_by: by } = landing
    const actor: Actor = { kind: 'person', id: by, agency, roles: [], scopes: [] }
    const now = ctx.now()
    await actFor(tx, agency)
    const last = await landBatch(tx, { id, actor, agency, key: ctx.keys.derive(CASE_SEAL), now })
    if (last === null) {
      const step = { id, version: null, from: ['landing'], to: 'landed', by, now } as const
      const { counts } = await moveImport(tx, step)
      const data = { landed: counts.landed }
      await append(tx, actor, { type: 'cases.import.landed.v1', object: id, data })
    } else {
      await setTimer(tx, { name: LAND_TIMER, key: `${id}/${last}`, due: now })
    }
    await actFor(tx, null)
  },
}

/** Removes all that an import's file said, once its time is over. */
export const expireImports: Timer = {
  name: EXPIRY_TIMER,
  handle: async (tx, { key, due }, ctx) => {
    const [id = ''] = key.split('/')
    const now = ctx.now()
    const [gone] = await tx.execute<{ agency: string; was_waiting: boolean }>(
      sql`select * from cases.expire_import(${id}, ${now.toISOString()})`,
    )
    if (gone === undefined) {
      const [landing] = await tx.execute(sql`select 1 from cases.landing_import(${id})`)
      if (landing === undefined) return
      const again = new Date(now.getTime() + AGAIN_MS)
      await setTimer(tx, { name: EXPIRY_TIMER, key: `${id}/${due.getTime()}`, due: again })
      return
    }
    await append(tx, HUB, {
      type: 'cases.import.expired.v1',
      object: id,
      concerned: [gone.agency],
      data: { was_waiting: gone.was_waiting },
    })
  },
}
