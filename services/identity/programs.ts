import { sql } from 'drizzle-orm'
import type { JWK } from 'jose'
import type { Scope } from '../../src/contracts/codes.ts'
import type { ProgramRead } from '../../src/contracts/identity.ts'
import { fingerprintOf } from './fingerprint.ts'

interface KeySet {
  readonly keys: readonly JWK[]
}

export interface ProgramRow
  extends Omit<ProgramRead, 'fingerprint' | 'waiting'>, Record<string, unknown> {
  readonly jwks: KeySet
  /** What was agreed to and does not count yet. */
  readonly next: { jwks: KeySet; scopes: Scope[]; live_at: string } | null
}

/** Columns of `identity.client`, as it counts now. */
export const PROGRAM = sql`id, agency, active, version,
  case when next_at <= now() then next_jwks else jwks end as jwks,
  case when next_at <= now() then next_scopes else scopes end as scopes,
  case when next_at > now() then jsonb_build_object('jwks', next_jwks, 'scopes', next_scopes,
    'live_at', next_at) end as next`

const printOf = ({ keys }: KeySet): string => fingerprintOf(keys[0] ?? {})

export const readProgram = ({ jwks, next, ...row }: ProgramRow): ProgramRead => ({
  id: row.id,
  agency: row.agency,
  scopes: row.scopes,
  active: row.active,
  version: row.version,
  fingerprint: printOf(jwks.keys.length === 0 && next !== null ? next.jwks : jwks),
  waiting:
    next === null
      ? null
      : {
          fingerprint: printOf(next.jwks),
          scopes: next.scopes,
          live_at: new Date(next.live_at).toISOString(),
        },
})
