import { once as happening } from 'node:events'
import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { EventPoll, PolledEvents } from '../../../src/contracts/security-event.ts'
import { authorize } from '../../../src/request.ts'
import type { Context, Route } from '../../../src/service.ts'
import { signEvent } from '../security-event.ts'
import { waitingFor } from '../stream.ts'

/** How long a caller waits at most for something to come, and for how long a lost wake goes unseen. */
const WAIT_MS = 25_000
const LOOK_MS = 2_000
const MAX_EVENTS = 100

type Answer = Static<typeof PolledEvents>

/** Notes what the caller has, and what it could not take (RFC 8936 section 2.4). */
const acknowledge = async (
  ctx: Context,
  request: FastifyRequest,
  agency: string,
  { ack = [], setErrs = {} }: Static<typeof EventPoll>,
): Promise<void> => {
  const failed = Object.entries(setErrs)
  if (ack.length === 0 && failed.length === 0) return
  await ctx.db.withActor(request.actor, async (tx) => {
    const ids = `{${ack.join(',')}}`
    await tx.execute(
      sql`select consent.confirm_events(${ids}::uuid[], ${agency}, ${request.actor.id})`,
    )
    for (const [jti, { err }] of failed) {
      await tx.execute(sql`select consent.fail_events(${`{${jti}}`}::uuid[], ${agency}, ${err})`)
    }
  })
  if (ack.length > 0) ctx.bus.wake('ledger')
}

const look = async (
  ctx: Context,
  request: FastifyRequest,
  agency: string,
  most: number,
): Promise<Answer> => {
  const rows = await ctx.db.withActor(request.actor, (tx) => waitingFor(tx, agency, most + 1))
  const page = rows.slice(0, most)
  const tokens = await Promise.all(page.map((row) => signEvent(ctx, row)))
  return {
    sets: Object.fromEntries(page.map((row, index) => [row.id, tokens[index] ?? ''])),
    moreAvailable: rows.length > most,
  }
}

export const pollEvents: Route = (app, ctx) => {
  const closing = new AbortController()
  app.addHook('preClose', () => closing.abort())

  /** Until something may have come, at most so long, or the hub stops. */
  const pause = async (wakes: EventTarget, ms: number): Promise<void> => {
    const signal = AbortSignal.any([AbortSignal.timeout(ms), closing.signal])
    await happening(wakes, 'wake', { signal }).catch(() => {})
  }

  app.post(
    '/v1/events/poll',
    {
      config: { authority: 'stop_order.read' },
      schema: {
        summary: 'What was withdrawn, as signed events (RFC 8936); `ack` confirms those that came',
        description: `Waits up to ${WAIT_MS / 1000} seconds for something to come unless returnImmediately is true. What was not acknowledged comes again.`,
        tags: ['consent'],
        body: EventPoll,
        response: { 200: PolledEvents },
      },
    },
    async (request) => {
      const agency = request.actor.agency ?? ''
      authorize(request, 'stop_order.read', { kind: 'owned', owner: request.actor.agency })
      const { maxEvents = MAX_EVENTS, returnImmediately = false } = request.body
      await acknowledge(ctx, request, agency, request.body)
      const until = Date.now() + WAIT_MS
      const wakes = new EventTarget()
      let isWoken = false
      const subscription = ctx.bus.onWake('security_events', () => {
        isWoken = true
        wakes.dispatchEvent(new Event('wake'))
      })
      try {
        for (;;) {
          isWoken = false
          const answer = await look(ctx, request, agency, maxEvents)
          const left = until - Date.now()
          const isDone = returnImmediately || maxEvents === 0 || answer.moreAvailable || left <= 0
          if (isDone || Object.keys(answer.sets).length > 0) return answer
          if (closing.signal.aborted || request.socket.destroyed) return answer
          if (!isWoken) await pause(wakes, Math.min(left, LOOK_MS))
        }
      } finally {
        subscription.stop()
      }
    },
  )
}
