import { sql } from 'drizzle-orm'
import type { Tx } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'

/** What the directory says of an agency. */
export interface AgencyFacts extends Record<string, unknown> {
  readonly id: string
  readonly name_id: string
  readonly name_en: string
  readonly active: boolean
}

/** The agencies of these ids that there are. */
export const agenciesOf = async (tx: Tx, ids: readonly string[]): Promise<AgencyFacts[]> =>
  ids.length === 0
    ? []
    : [
        ...(await tx.execute<AgencyFacts>(
          sql`select * from directory.agency_facts(${`{${ids.join(',')}}`}::uuid[])`,
        )),
      ]

/** @throws Problem recipient_unknown unless each is an active agency of the directory */
export const demandRecipients = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  const known = await agenciesOf(tx, ids)
  const active = new Set(known.filter((one) => one.active).map((one) => one.id))
  const unknown = ids.filter((id) => !active.has(id))
  if (unknown.length > 0)
    throw new Problem('recipient_unknown', { members: { recipients: unknown } })
}
