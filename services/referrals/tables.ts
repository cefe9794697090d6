import { sql } from 'drizzle-orm'
import { integer, pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type {
  AgeBand,
  Basis,
  Category,
  Need,
  Purpose,
  ReferralKind,
  Urgency,
} from '../../src/contracts/codes.ts'
import type { GlassRead } from '../../src/contracts/break-glass.ts'
import type { ReferralState } from '../../src/contracts/lifecycle.ts'

const schema = pgSchema('referrals')
const instant = (name: string) => timestamp(name, { withTimezone: true })

/** One referral; `drizzle/referrals` holds its checks, policies and functions. */
export const referral = schema.table('referral', {
  id: uuid().primaryKey(),
  caseId: uuid('case_id').notNull(),
  kind: text().$type<ReferralKind>().notNull(),
  purpose: text().$type<Purpose>().notNull(),
  service: uuid().notNull(),
  sender: uuid().notNull(),
  recipient: uuid().notNull(),
  urgency: text().$type<Urgency>().notNull(),
  state: text().$type<ReferralState>().notNull(),
  version: integer().notNull().default(1),
  basis: text().$type<Basis>().notNull(),
  categories: text().array().$type<Category[]>().notNull(),
  minimum: text().array().$type<Category[]>().notNull(),
  ageBand: text('age_band').$type<AgeBand>().notNull(),
  district: text(),
  languages: text().array().notNull(),
  needs: text().array().$type<Need[]>().notNull(),
  previous: uuid(),
  reason: text(),
  suggested: uuid(),
  nextStep: text('next_step'),
  noNextStep: text('no_next_step'),
  feedback: text(),
  arrivalGeneration: integer('arrival_generation').notNull().default(0),
  sentAt: instant('sent_at'),
  acceptedAt: instant('accepted_at'),
  acknowledgeDue: instant('acknowledge_due'),
  decideDue: instant('decide_due'),
  answerDue: instant('answer_due'),
  contactDue: instant('contact_due'),
  startDue: instant('start_due'),
  reviewDue: instant('review_due'),
  changedAt: instant('changed_at')
    .notNull()
    .default(sql`clock_timestamp()`),
})
export type ReferralRow = typeof referral.$inferSelect

/** A request to open what consent does not let; its sealed columns are for functions alone. */
export const breakGlass = schema.table('break_glass', {
  id: uuid().primaryKey(),
  referral: uuid('referral_id').notNull(),
  case: uuid('case_id').notNull(),
  agency: uuid().notNull(),
  owner: uuid().notNull(),
  categories: text().array().$type<Category[]>().notNull(),
  reason: text().$type<NonNullable<GlassRead['reason']>>(),
  askedBy: text('asked_by').notNull(),
  askedAt: instant('asked_at').notNull(),
  lapsesAt: instant('lapses_at').notNull(),
  approvedBy: text('approved_by'),
  approvedAt: instant('approved_at'),
  endsAt: instant('ends_at'),
  reviewDue: instant('review_due'),
  endedBy: text('ended_by'),
  endedAt: instant('ended_at'),
  outcome: text().$type<NonNullable<GlassRead['outcome']>>(),
  reviewedBy: text('reviewed_by'),
  reviewedAt: instant('reviewed_at'),
  version: integer().notNull(),
})
export type GlassRow = typeof breakGlass.$inferSelect
