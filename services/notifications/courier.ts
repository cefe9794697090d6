import { HUB } from '../../src/actor.ts'
import { append } from '../../src/journal.ts'
import { createOutbound } from '../../src/outbound.ts'
import type { Context, Job } from '../../src/service.ts'
import { openLead } from './channels.ts'
import { emailWay, openMail } from './ways/email.ts'
import { pushWay } from './ways/push.ts'
import type { Claimed, Ending, Way } from './ways/way.ts'
import { webhookWay } from './ways/webhook.ts'

const POLL_MS = 1_000
/** In hand at once on this replica; of one channel at most BATCH. */
const MOST_IN_HAND = 40
const BATCH = 10
/** How long a notice waits that was in hand when a replica was killed. */
const CLAIM_MS = 30_000
/** Waits between tries, about a day together; then somebody has to look. */
const RETRY_MS = [10, 60, 300, 1_800, 7_200, 21_600, 43_200].map((seconds) => seconds * 1000)

const FAILED = new Set<Ending['outcome']>(['failed', 'gone'])

/** What becomes of a notice after a try. */
const settlementOf = (claimed: Claimed, ending: Ending, now: Date) => {
  const at = now.toISOString()
  if (!FAILED.has(ending.outcome)) return { id: claimed.id, outcome: 'sent', at }
  const failure = 'failure' in ending ? ending.failure : null
  const isGone = ending.outcome === 'gone'
  const waitMs = RETRY_MS[claimed.tries]
  if (isGone || waitMs === undefined) {
    return { id: claimed.id, outcome: 'dead', at, failure, silences: isGone }
  }
  const tryAt = new Date(now.getTime() + waitMs).toISOString()
  return { id: claimed.id, outcome: 'again', at, try_at: tryAt, failure }
}

const createCourier = (ctx: Context) => {
  const outbound = createOutbound({ allowLoopback: ctx.config.outboundLoopback })
  const mail = openMail(ctx.config)
  const ways: Readonly<Record<Claimed['kind'], Way>> = {
    email: emailWay(mail, ctx.config),
    push: pushWay({ ctx, outbound }),
    webhook: webhookWay({ ctx, outbound }),
  }
  /** Notices in hand, by channel. */
  const inHand = new Map<string, number>()
  const running = new Set<Promise<void>>()

  const settle = async (claimed: Claimed, ending: Ending, began: Date): Promise<void> => {
    const row = settlementOf(claimed, ending, began)
    const dead = await ctx.db.call<{ id: string; agency: string }>('notifications.settle', [row])
    for (const { id, agency } of dead) {
      await ctx.db.withActor(HUB, (tx) =>
        append(tx, HUB, {
          type: 'notifications.notice.undelivered.v1',
          outcome: 'failed',
          concerned: [agency],
          object: id,
          data: { kind: claimed.kind, failure: 'failure' in ending ? ending.failure : null },
        }),
      )
      ctx.bus.wake('ledger')
    }
  }

  const tryOnce = async (claimed: Claimed): Promise<Ending> => {
    const box = { ciphertext: claimed.ciphertext, wrappedKey: claimed.wrapped_key }
    try {
      return await ways[claimed.kind](claimed, openLead(ctx.keys, claimed.channel, box))
    } catch (error) {
      // A failure like any other: somebody has to look in the end.
      ctx.log.warn({ err: error, kind: claimed.kind }, 'a notice could not be told')
      return { outcome: 'failed', failure: 'hub_failed' }
    }
  }

  const tell = async (claimed: Claimed): Promise<void> => {
    const began = ctx.now()
    await settle(claimed, await tryOnce(claimed), began)
  }

  const takeInHand = (claimed: Claimed): void => {
    const { channel } = claimed
    inHand.set(channel, (inHand.get(channel) ?? 0) + 1)
    const work = tell(claimed)
      // Not settled: whoever claims it after CLAIM_MS tries again.
      .catch((error: unknown) => ctx.log.warn({ err: error, kind: claimed.kind }, 'notice left'))
      .finally(() => {
        running.delete(work)
        const left = (inHand.get(channel) ?? 1) - 1
        if (left > 0) inHand.set(channel, left)
        else inHand.delete(channel)
      })
    running.add(work)
  }

  /** A slow partner keeps its own channel waiting and no other. */
  const claim = async (): Promise<number> => {
    const limit = Math.min(MOST_IN_HAND - running.size, BATCH)
    if (limit <= 0) return 0
    const now = ctx.now()
    const until = new Date(now.getTime() + CLAIM_MS).toISOString()
    const asked = { limit, at: now.toISOString(), until, busy: [...inHand.keys()] }
    const rows = await ctx.db.call<Claimed>('notifications.claim', [asked])
    for (const row of rows) takeInHand(row)
    return rows.length
  }

  return {
    claim,
    finish: async () => {
      await Promise.all(running)
      mail?.close()
    },
  }
}

/** Tells on every channel what is due, tries again what failed, and makes the rest a person's task. */
export const courier: Job = {
  name: 'courier',
  start: async (ctx) => {
    const { claim, finish } = createCourier(ctx)
    let isStopped = false
    let inHand: Promise<void> = Promise.resolve()
    let isBusy = false
    const round = async (): Promise<void> => {
      while (!isStopped && (await claim()) > 0);
    }
    const timer = setInterval(() => {
      if (isBusy) return
      isBusy = true
      inHand = round()
        .catch((error: unknown) =>
          ctx.log.warn({ err: error }, 'notices not looked at, again soon'),
        )
        .finally(() => {
          isBusy = false
        })
    }, POLL_MS)
    return {
      stop: async () => {
        isStopped = true
        clearInterval(timer)
        await inHand
        await finish()
      },
    }
  },
}
