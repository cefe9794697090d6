import { eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { GlassRead, GlassState } from '../../src/contracts/break-glass.ts'
import type { JournalEvent } from '../../src/contracts/events.ts'
import type { Tx } from '../../src/db.ts'
import type { Action } from '../../src/decide.ts'
import { type Attempt, authorize, foreign, refusal } from '../../src/request.ts'
import { breakGlass, type GlassRow } from './tables.ts'

/** What the clock makes of a request; no job has to be on time for it. */
export const glassStateOf = (row: GlassRow, now: Date): GlassState => {
  if (row.approvedAt === null) {
    if (row.endedAt !== null) return 'taken_back'
    return row.lapsesAt > now ? 'asked' : 'lapsed'
  }
  return row.endedAt === null && row.endsAt !== null && row.endsAt > now ? 'open' : 'ended'
}

const written = (at: Date | null): string | null => at?.toISOString() ?? null

export const presentGlass = (row: GlassRow, agency: string | null, now: Date): GlassRead => ({
  id: row.id,
  referral: row.referral,
  agency: row.agency,
  owner: row.owner,
  basis: 'break_glass',
  categories: row.categories,
  reason: row.reason,
  state: glassStateOf(row, now),
  asked_by: row.agency === agency ? row.askedBy : null,
  asked_at: row.askedAt.toISOString(),
  lapses_at: row.lapsesAt.toISOString(),
  approved_by: row.agency === agency ? row.approvedBy : null,
  approved_at: written(row.approvedAt),
  ends_at: written(row.endsAt),
  ended_at: written(row.endedAt),
  review_due: written(row.reviewDue),
  outcome: row.outcome,
  reviewed_by: row.owner === agency ? row.reviewedBy : null,
  reviewed_at: written(row.reviewedAt),
  version: row.version,
})

/** What both agencies are told of a step: codes, and never the words. */
export const glassEvent = (
  row: GlassRow,
  step: 'approved' | 'ended' | 'reviewed',
  data: JournalEvent['data'] = {},
): JournalEvent => ({
  type: `referrals.break_glass.${step}.v1`,
  concerned: [row.agency, row.owner],
  subject: row.case,
  object: row.referral,
  categories: row.categories,
  ...(row.reason === null ? {} : { reason: row.reason }),
  data: { break_glass: row.id, ...data },
})

/** May this actor do this with what was found? @throws Problem, on the record */
export const authorizeGlass = (
  request: FastifyRequest,
  action: Action,
  row: GlassRow | undefined,
  attempt: Attempt,
): GlassRow => {
  if (row === undefined) {
    throw foreign(attempt)
  }
  const { agency, owner, askedBy, approvedBy } = row
  authorize(request, action, { kind: 'break_glass', agency, owner, askedBy, approvedBy }, attempt)
  return row
}

/** The request, held until the transaction ends, as it was when the caller saw it. @throws Problem */
export const holdGlass = async (
  tx: Tx,
  request: FastifyRequest,
  action: Action,
  asked: { readonly id: string; readonly version: number },
): Promise<GlassRow> => {
  const attempt = { object: asked.id, data: { verb: action } }
  const [found] = await tx
    .select()
    .from(breakGlass)
    .where(eq(breakGlass.id, asked.id))
    .for('update')
  const row = authorizeGlass(request, action, found, attempt)
  if (row.version === asked.version) return row
  throw refusal(
    'version_conflict',
    { ...attempt, subject: row.case },
    {
      members: { version: row.version },
    },
  )
}

/** @throws Problem break_glass_over, on the record, in every other state */
export const demandState = (row: GlassRow, now: Date, states: readonly GlassState[]): void => {
  const state = glassStateOf(row, now)
  if (states.includes(state)) return
  const attempt = { object: row.referral, subject: row.case, data: { break_glass: row.id } }
  throw refusal('break_glass_over', attempt, { params: { state }, members: { state } })
}
