import { newId } from '../../src/id.ts'
import type { Context, Job } from '../../src/service.ts'

const POLL_MS = 2_000

/** What a service could not do after all its tries becomes a task of the hub's coordinators. */
const makeTasks = (ctx: Context): Promise<number> =>
  ctx.bus.readDead(async ({ consumer, tries, message }) => {
    const data = { consumer, tries, type: message?.type ?? null }
    const row = { kind: 'dead_letter', object: message?.entry ?? newId(), data }
    await ctx.db.call('notifications.call_coordinator', [row])
  })

export const deadLetters: Job = {
  name: 'dead-letters',
  start: async (ctx) => {
    let inHand: Promise<unknown> = Promise.resolve()
    let isBusy = false
    const timer = setInterval(() => {
      if (isBusy || !ctx.bus.isUp()) return
      isBusy = true
      inHand = makeTasks(ctx)
        .catch((error: unknown) =>
          ctx.log.warn({ err: error }, 'dead letters not read, again soon'),
        )
        .finally(() => {
          isBusy = false
        })
    }, POLL_MS)
    return {
      stop: async () => {
        clearInterval(timer)
        await inHand
      },
    }
  },
}
