import { setTimeout as wait } from 'node:timers/promises'
import type { Context, Job } from '../../src/service.ts'
import { openRegister } from './erasure-register.ts'

/** How often it is looked whether something of an erased survivor has come back. */
const ROUND_MS = 10_000
const PAGE_LENGTH = 1_000

/** Erases again what came after an erasure, or with an older backup; tells how many survivors. */
export const eraseAgain = async (ctx: Pick<Context, 'config' | 'keys' | 'db'>): Promise<number> => {
  const isErased = await openRegister(ctx).read()
  let count = 0
  for (let after: string | null = null; ;) {
    const known: { subject: string }[] = await ctx.db.call('audit.known_subjects', [
      { after, limit: PAGE_LENGTH },
    ])
    const back = known.filter(({ subject }) => isErased(subject))
    if (back.length > 0) {
      const rows = back.map(({ subject }, i) => ({ i, subject, agency: null }))
      await ctx.db.call('audit.erase', rows)
      count += back.length
    }
    after = known.at(-1)?.subject ?? null
    if (known.length < PAGE_LENGTH) return count
  }
}

/** Keeps erased what was erased: the register outlives the database. */
export const erasing: Job = {
  name: 'erasing',
  start: async (ctx) => {
    const halt = new AbortController()
    const work = async (): Promise<void> => {
      while (!halt.signal.aborted) {
        try {
          const count = await eraseAgain(ctx)
          if (count > 0) ctx.log.warn({ survivors: count }, 'erased again what had come back')
        } catch (error) {
          ctx.log.warn({ err: error }, 'could not look for what was erased, again later')
        }
        await wait(ROUND_MS, undefined, { signal: halt.signal }).catch(() => {})
      }
    }
    // Before anything is served: what an older backup brought back is nobody's to read.
    await eraseAgain(ctx)
    const working = work()
    return {
      stop: async () => {
        halt.abort()
        await working
      },
    }
  },
}
