import { Type, type Static } from 'typebox'
import { Id, Instant, oneOf, PURPOSES } from './codes.ts'
import { GAP_RULES } from './gaps.ts'
import { DECLINE_REASONS } from './lifecycle.ts'

/** The view of the whole network: counts of cases alone, small ones suppressed. */
const CLOSED = { additionalProperties: false } as const
const Count = Type.Union([Type.Integer(), Type.Null()], { description: 'null: suppressed' })

/** Counts below this are not shown. */
export const NETWORK_K = 10

const BANDS = [
  'within_1_day',
  'within_3_days',
  'within_7_days',
  'within_14_days',
  'later',
  'not_yet',
] as const
const STEPS = ['acknowledge', 'accept', 'hand_over'] as const

/**
 * The tables of the view with their fixed rows and columns; rows absent here are named by the data.
 * steps: time from sending; declined: by reason; stages: the furthest that a case came in each; gaps: by
 * province and rule, by when they opened; agencies: whether what was sent to one was acknowledged.
 */
export const NETWORK_TABLES = {
  steps: { rows: STEPS, columns: BANDS },
  declined: { rows: DECLINE_REASONS, columns: ['cases'] },
  stages: { rows: PURPOSES, columns: ['sent', 'accepted', 'in_service', 'completed', 'ended'] },
  gaps: { rows: null, columns: GAP_RULES },
  agencies: { rows: null, columns: ['answered', 'unanswered'] },
} as const
export type NetworkTable = keyof typeof NETWORK_TABLES
export const NETWORK_TABLE_NAMES = Object.keys(NETWORK_TABLES) as NetworkTable[]

export const Quarter = Type.String({
  pattern: '^20[0-9]{2}-Q[1-4]$',
  description: 'A quarter of the year, in Jakarta: 2026-Q3',
})

export const NetworkView = Type.Object(
  {
    period: Quarter,
    from: Instant,
    to: Instant,
    k: Type.Integer({ description: 'Counts below this are suppressed, and others with them' }),
    tables: Type.Array(
      Type.Object(
        {
          name: oneOf(NETWORK_TABLE_NAMES),
          columns: Type.Array(Type.String()),
          rows: Type.Array(
            Type.Object({ key: Type.String(), counts: Type.Array(Count), total: Count }, CLOSED),
          ),
          column_totals: Type.Array(Count),
          total: Count,
        },
        CLOSED,
      ),
    ),
    times: Type.Array(
      Type.Object({ step: oneOf(STEPS), median_hours: Count, p90_hours: Count }, CLOSED),
    ),
    silent: Type.Array(Id, {
      description: 'Agencies that were sent at least k cases and acknowledged none',
    }),
  },
  CLOSED,
)
export type NetworkView = Static<typeof NetworkView>
