import { and, eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Agency, AgencyRead } from '../../src/contracts/directory.ts'
import { once, type Answer } from '../../src/idempotency.ts'
import { append } from '../../src/journal.ts'
import { Problem } from '../../src/problem.ts'
import { authorize } from '../../src/request.ts'
import type { Context } from '../../src/service.ts'
import { agency, agencyById, readAgency } from './tables.ts'
import { checkAgency } from './valid.ts'

/** What an agency says of itself; the rest is the hub's to say. */
type Own = Partial<Pick<Agency, 'time_zone' | 'hours' | 'holidays' | 'phone' | 'contacts'>>

export interface OwnChange {
  readonly id: string
  readonly fields: Own
  /** The version that was read. */
  readonly version: number
}

/** Changes one's own agency, by compare-and-set on its version. A foreign one is as if absent. */
export const changeOwnAgency = async (
  ctx: Context,
  request: FastifyRequest,
  { id, fields, version }: OwnChange,
): Promise<Answer<AgencyRead>> => {
  authorize(request, 'directory.write', { kind: 'owned', owner: id }, { object: id })
  return await once(ctx, request, async (tx) => {
    const current = await agencyById(tx, id)
    if (current === null) throw new Problem('not_found')
    checkAgency({ ...current, ...fields })
    const [changed] = await tx
      .update(agency)
      .set({ ...fields, version: version + 1 })
      .where(and(eq(agency.id, id), eq(agency.version, version)))
      .returning()
    if (changed === undefined) {
      throw new Problem('version_conflict', { members: { version: current.version } })
    }
    await append(tx, request.actor, {
      type: 'directory.agency.changed.v1',
      object: id,
      data: { version: changed.version },
    })
    return { status: 200, body: readAgency(changed, new Date()) }
  })
}
