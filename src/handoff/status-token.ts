import { sql } from 'drizzle-orm'
import { SignJWT } from 'jose'
import { STATUS_EXP_S, STATUS_LIST_TYPE, STATUS_TTL_S } from '../contracts/handoff.ts'
import { permitIssuerOf, statusListUriOf } from '../contracts/permit.ts'
import type { Tx } from '../db.ts'
import { statusOrderOf } from '../permits.ts'
import type { Context } from '../service.ts'
import {
  encodeStatuses,
  LIST_PERMITS,
  placeOfPermit,
  statusesOf,
  type EndedPermit,
  type Status,
} from './status-list.ts'

interface EndedRow extends Record<string, unknown> {
  /** Null in one row when nothing of the list has ended. */
  readonly number: string | null
  readonly status: Status | null
  /** How many permits the hub has numbered so far. */
  readonly used: string
}

/**
 * The signed list that a permit's `status` points to (draft-ietf-oauth-status-list), as it is now.
 * Null when the hub has no such list.
 */
export const statusListToken = async (
  ctx: Pick<Context, 'keys' | 'config' | 'now'>,
  tx: Tx,
  list: number,
): Promise<string | null> => {
  const first = list * LIST_PERMITS
  const rows = await tx.execute<EndedRow>(
    sql`select number, status, used from consent.ended_permits(${first}, ${first + LIST_PERMITS})`,
  )
  const used = Number(rows[0]?.used ?? 0)
  if (list > placeOfPermit(used).list) return null
  const ended: EndedPermit[] = []
  for (const { number, status } of rows) {
    if (number !== null && status !== null) ended.push({ place: Number(number) - first, status })
  }
  const statuses = statusesOf(statusOrderOf(ctx.keys, list), ended, used - first)
  const { publicUrl } = ctx.config
  const iat = Math.floor(ctx.now().getTime() / 1000)
  const lst = encodeStatuses(statuses, 2)
  return await new SignJWT({ status_list: { bits: 2, lst }, ttl: STATUS_TTL_S })
    .setProtectedHeader({ alg: 'ES256', typ: STATUS_LIST_TYPE, kid: ctx.keys.permits.kid })
    .setIssuer(permitIssuerOf(publicUrl))
    .setSubject(statusListUriOf(publicUrl, list))
    .setIssuedAt(iat)
    .setExpirationTime(iat + STATUS_EXP_S)
    .sign(ctx.keys.permits.privateKey)
}
