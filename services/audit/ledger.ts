import { setTimeout as wait } from 'node:timers/promises'
import type { Context, Job } from '../../src/service.ts'
import { createAnnouncer } from './announcer.ts'
import { signDueHeads } from './feed-head.ts'
import { leadUntil } from './leader.ts'
import { createSequencer } from './sequencer.ts'
import { ledgerSigner } from './signer.ts'

/** Advisory lock of the one ledger of a database. */
export const LEDGER_LOCK = 7_184_262
/** How long an entry waits at most when its wake was lost. */
const SWEEP_MS = 2_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

interface Bell {
  ring(): void
  /** Resolves with true at the next ring or one since the last wait, with false after `timeoutMs`. */
  heard(timeoutMs: number, signal: AbortSignal): Promise<boolean>
}

const createBell = (): Bell => {
  let hasRung = false
  let awake: (() => void) | null = null
  return {
    ring: () => {
      hasRung = true
      awake?.()
    },
    heard: async (timeoutMs, signal) => {
      const timer = new AbortController()
      awake = () => timer.abort()
      signal.addEventListener('abort', awake, { once: true })
      if (hasRung || signal.aborted) timer.abort()
      await wait(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})
      signal.removeEventListener('abort', awake)
      awake = null
      const answer = hasRung
      hasRung = false
      return answer
    },
  }
}

interface Stage {
  readonly name: string
  readonly bell: Bell
  /** One step; true when there may be more to do. `isSwept`: nobody rang, it is the clock. */
  readonly step: (isSwept: boolean) => Promise<boolean>
}

/** Takes steps until the signal; after a failure it waits, longer each time, and goes on. */
const keepGoing = async (stage: Stage, signal: AbortSignal, log: Context['log']): Promise<void> => {
  let failures = 0
  let isSwept = true
  while (!signal.aborted) {
    try {
      const isMore = await stage.step(isSwept)
      failures = 0
      isSwept = !isMore && !(await stage.bell.heard(SWEEP_MS, signal))
    } catch (error) {
      const retryMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS)
      failures += 1
      isSwept = true
      log.warn({ stage: stage.name, retryMs, err: error }, 'ledger: a step failed, again later')
      await wait(retryMs, undefined, { signal }).catch(() => {})
    }
  }
}

/** Placing and announcing go on side by side: the ledger does not wait for NATS. */
const work = async (ctx: Context, signal: AbortSignal): Promise<void> => {
  const signer = ledgerSigner(ctx)
  const sequencer = createSequencer(ctx.db, signer, ctx.keys)
  const announcer = createAnnouncer(ctx.db, ctx.bus)
  const [placing, announcing, signing] = [createBell(), createBell(), createBell()]
  const waking = ctx.bus.onWake('ledger', placing.ring)
  const place = async (): Promise<boolean> => {
    const count = await sequencer.place()
    if (count > 0) announcing.ring()
    return count > 0
  }
  const signHeads = async (): Promise<boolean> => (await signDueHeads(ctx.db, signer)) > 0
  try {
    await Promise.all([
      keepGoing({ name: 'place', bell: placing, step: place }, signal, ctx.log),
      keepGoing({ name: 'announce', bell: announcing, step: announcer.announce }, signal, ctx.log),
      keepGoing({ name: 'sign heads', bell: signing, step: signHeads }, signal, ctx.log),
    ])
  } finally {
    waking.stop()
  }
}

/**
 * Moves the journal into the ledger and tells NATS. Of all processes that run it, one leads and the
 * others stand by.
 */
export const ledger: Job = {
  name: 'ledger',
  start: async (ctx) => {
    const halt = new AbortController()
    const leading = leadUntil(halt.signal, LEDGER_LOCK, ctx, (signal) => work(ctx, signal))
    return {
      stop: async () => {
        halt.abort()
        await leading
      },
    }
  },
}
