import { sql } from 'drizzle-orm'
import type { Tx } from '../../src/db.ts'

export interface WitnessKnown {
  readonly name: string
  /** Size of the last head that it cosigned; 0: none. */
  readonly size: number
  readonly cosigned_at: string | null
  readonly tried_at: string | null
  readonly failure: string | null
}

export const readWitnesses = async (tx: Tx): Promise<WitnessKnown[]> => {
  const rows = await tx.execute<{ size: string } & Record<string, unknown>>(sql`
    select name, size, audit.written(cosigned_at) as cosigned_at,
           audit.written(tried_at) as tried_at, failure
      from audit.witness order by name`)
  return rows.map((row) => ({ ...row, size: Number(row.size) })) as unknown as WitnessKnown[]
}
