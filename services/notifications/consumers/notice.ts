import { sql } from 'drizzle-orm'
import type { HubMessage } from '../../../src/bus.ts'
import { NOTICES, type Level } from '../../../src/contracts/notices.ts'
import type { Tx } from '../../../src/db.ts'
import type { Consumer, Context } from '../../../src/service.ts'

interface Told extends Record<string, unknown> {
  readonly agency: string
  readonly n: string
}

const levelOf = (rule: Level | 'by_urgency', message: HubMessage): Level => {
  if (rule !== 'by_urgency') return rule
  return message.data?.['urgency'] === 'emergency' ? 'urgent' : 'normal'
}

/** What the hub's coordinators may see of a referral: never more than the envelope. */
const envelopeOf = ({ purpose, data }: HubMessage) => ({
  purpose,
  urgency: data?.['urgency'] ?? null,
  service: data?.['service'] ?? null,
  clock: data?.['clock'] ?? null,
  percent: data?.['percent'] ?? null,
})

const handle = async (tx: Tx, message: HubMessage, ctx: Context): Promise<void> => {
  const rule = NOTICES[message.type]
  if (rule === undefined || message.outcome !== 'ok') return
  if (message.type === 'referrals.clock.escalated.v1') {
    const row = [{ kind: 'escalation', object: message.object, data: envelopeOf(message) }]
    await tx.execute(sql`select notifications.call_coordinator(${JSON.stringify(row)}::jsonb)`)
  }
  if (message.type === 'referrals.break_glass.review_overdue.v1') {
    const row = [{ kind: 'review_overdue', object: message.data?.['break_glass'], data: {} }]
    await tx.execute(sql`select notifications.call_coordinator(${JSON.stringify(row)}::jsonb)`)
  }
  const concerned = await tx.execute<Told>(sql`
    select agency, n from audit.concerned(${message.position}::bigint)`)
  const agencies = concerned
    .filter(({ agency }) => rule.to === 'all' || agency !== message.agency)
    .map(({ agency, n }) => ({ agency, n: Number(n) }))
  if (agencies.length === 0) return
  const row = {
    entry: message.entry,
    type: message.type,
    object: message.object,
    level: levelOf(rule.level, message),
    supervisors: rule.supervisors === true,
    person: rule.named === true ? message.data?.['person'] : null,
    at: ctx.now().toISOString(),
    agencies,
  }
  await tx.execute(sql`select notifications.enqueue(${JSON.stringify([row])}::jsonb)`)
}

/** Puts notices of the journal's events on the channels of those whom they concern. */
export const noticeConsumers: readonly Consumer[] = [
  'referrals',
  'consent',
  'messages',
  'identity',
].map((service) => ({
  name: `notifications-${service}`,
  subject: `hub.${service}.>`,
  handle,
}))
