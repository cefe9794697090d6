import { sql } from 'drizzle-orm'
import { HUB } from '../../src/actor.ts'
import { SECURITY_EVENT_MEDIA } from '../../src/contracts/security-event.ts'
import { createOutbound, OutboundError, type Outbound } from '../../src/outbound.ts'
import { unseal } from '../../src/seal.ts'
import type { Context, Job } from '../../src/service.ts'
import { signEvent, type EventFacts } from './security-event.ts'
import { STREAM_SEAL, streamPlace } from './stream.ts'

/** How long an event waits at most when its wake was lost. */
const SWEEP_MS = 2_000
/** Calls in hand at once. Each ends within five seconds. */
const AT_ONCE = 32
const ACCEPTED: readonly number[] = [200, 202, 204]

interface Claimed extends EventFacts {
  readonly url: string
  readonly authorization_sealed: Buffer | null
  readonly authorization_key: Buffer | null
}

const claim = async (ctx: Context): Promise<Claimed[]> =>
  await ctx.db.withActor(HUB, async (tx) => [
    ...(await tx.execute<Claimed>(sql`select * from consent.claim_events(${AT_ONCE})`)),
  ])

const authorizationOf = (ctx: Context, event: Claimed): Record<string, string> => {
  const { authorization_sealed: ciphertext, authorization_key: wrappedKey, agency } = event
  if (ciphertext === null || wrappedKey === null) return {}
  const box = { ciphertext, wrappedKey }
  const text = unseal(ctx.keys.derive(STREAM_SEAL), box, streamPlace(agency)).toString('utf8')
  return { authorization: text }
}

/** RFC 8935 section 2.4: a 400 names what the receiver did not like. */
const failureOf = (status: number, body: string): string => {
  try {
    const { err } = JSON.parse(body) as { err?: unknown }
    if (typeof err === 'string' && /^[a-z_]{1,40}$/.test(err)) return err
  } catch {
    // Not JSON: the status says enough.
  }
  return `status_${status}`
}

/** Tells one holder. Resolves with null when it confirmed, with a code when it did not. */
const push = async (ctx: Context, outbound: Outbound, event: Claimed): Promise<string | null> => {
  try {
    const { status, body } = await outbound.call({
      method: 'POST',
      url: event.url,
      hosts: [new URL(event.url).hostname],
      headers: {
        'content-type': SECURITY_EVENT_MEDIA,
        accept: 'application/json',
        ...authorizationOf(ctx, event),
      },
      body: await signEvent(ctx, event),
    })
    return ACCEPTED.includes(status) ? null : failureOf(status, body)
  } catch (error) {
    if (error instanceof OutboundError) return error.code
    throw error
  }
}

const settle = async (ctx: Context, event: Claimed, failure: string | null): Promise<void> => {
  const ids = `{${event.id}}`
  await ctx.db.withActor(HUB, (tx) =>
    tx.execute(
      failure === null
        ? sql`select consent.confirm_events(${ids}::uuid[], ${event.agency}, 'hub')`
        : sql`select consent.fail_events(${ids}::uuid[], ${event.agency}, ${failure})`,
    ),
  )
}

/** Pushes events to the holders that want it so, until each has confirmed; a holder that is away gets
 * them when it is back. Any number of replicas may run it. */
export const pushEvents: Job = {
  name: 'push-events',
  start: async (ctx) => {
    const outbound = createOutbound({ allowLoopback: ctx.config.outboundLoopback })
    const inHand = new Set<Promise<void>>()
    let isStopped = false
    let isClaiming = false
    let isWanted = false

    const tell = async (event: Claimed): Promise<void> => {
      try {
        await settle(ctx, event, await push(ctx, outbound, event))
        ctx.bus.wake('ledger')
      } catch (error) {
        ctx.log.warn({ event: event.id, err: error }, 'holder not told, again soon')
      }
    }
    const claimAll = async (): Promise<void> => {
      do {
        isWanted = false
        const events = await claim(ctx)
        for (const event of events) {
          const telling = tell(event).finally(() => {
            inHand.delete(telling)
            if (isWanted) sweep()
          })
          inHand.add(telling)
        }
        if (events.length === AT_ONCE) isWanted = true
      } while (isWanted && !isStopped && inHand.size < AT_ONCE)
    }
    const sweep = (): void => {
      isWanted = true
      if (isClaiming || isStopped || inHand.size >= AT_ONCE) return
      isClaiming = true
      claimAll()
        .catch((error: unknown) => ctx.log.warn({ err: error }, 'events not claimed, again soon'))
        .finally(() => {
          isClaiming = false
        })
    }
    const subscription = ctx.bus.onWake('security_events', sweep)
    const timer = setInterval(sweep, SWEEP_MS)
    sweep()
    return {
      stop: async () => {
        isStopped = true
        subscription.stop()
        clearInterval(timer)
        await Promise.all(inHand)
      },
    }
  },
}
