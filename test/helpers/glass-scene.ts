import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { GlassRead } from '../../src/contracts/break-glass.ts'
import type { Service } from '../../src/service.ts'
import { personOf, type Answered, type Call } from './actors.ts'
import { createScene } from './referral-scene.ts'
import type { Teardown } from './run.ts'
import { standingClock } from './standing-clock.ts'

export const HOUR_MS = 3_600_000
/** Why a glass is broken, in words that are to be nowhere else. */
export const CANARY = 'cempaka-rahasia'
export const GLASS_ASK = { categories: ['identity'], reason: 'danger_to_life', text: CANARY }

type Glass = GlassRead & { readonly path: string }

const must = ({ status, body, text }: Answered, wanted: number) => {
  if (status !== wanted) throw new Error(`${status} where ${wanted} was due: ${text}`)
  return body
}

/** Referrals of which consent was withdrawn, whose recipient breaks the glass; a clock to be turned. */
export const createGlassScene = async (t: Teardown, more: readonly Service[] = []) => {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'))
      done()
    },
  })
  const clock = standingClock('2026-11-24T08:00:00.000Z')
  const log = pino({ level: 'trace' }, sink)
  const scene = await createScene(t, more, { now: clock.now, log })
  const { sender, recipient } = scene.network
  const second = personOf(recipient.id, 'supervisor')
  const worker = await scene.as(recipient.worker)
  const supervisor = await scene.as(recipient.supervisor)
  const later = (ms: number): void => clock.set(new Date(clock.now().getTime() + ms).toISOString())

  const newReferral = async () => {
    const sent = await scene.sent()
    const path = `/v1/referrals/${sent.id}`
    must(await worker('POST', `${path}/acknowledge`, { version: 1 }), 200)
    must(await worker('POST', `${path}/accept`, { version: 2 }), 200)
    return { id: sent.id, case: sent.case, path }
  }
  const revoked = async () => {
    const made = await newReferral()
    const scope = { case: made.case, scope: 'this_agency', recipient: recipient.id }
    must(await (await scene.as(sender.worker))('POST', '/v1/withdrawals', scope), 200)
    return made
  }
  const asked = async (path: string, asking: object = {}, call: Call = worker): Promise<Glass> => {
    const answer = await call('POST', `${path}/break-glass`, { ...GLASS_ASK, ...asking })
    const body = must(answer, 201)
    return { ...body, path: `/v1/break-glass/${body.id}` }
  }
  return {
    ...scene,
    lines,
    /** A supervisor of the recipient beside its own. */
    second,
    later,
    /** So that the limit of the day before is no matter. */
    nextDay: (): void => later(25 * HOUR_MS),
    newReferral,
    revoked,
    asked,
    approved: async (path: string): Promise<Glass> => {
      const glass = await asked(path)
      const answer = await supervisor('POST', `${glass.path}/approve`, { version: 1 })
      return { ...must(answer, 200), path: glass.path }
    },
    told: async (id: string) =>
      (await scene.entries(id)).filter(({ type }) => type.startsWith('referrals.break_glass.')),
  }
}
