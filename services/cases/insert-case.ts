import type { Actor } from '../../src/actor.ts'
import type { NewCase } from '../../src/contracts/case.ts'
import type { Tx } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { newReference } from './reference.ts'
import { caseRecord, type CaseRow } from './tables.ts'

const TRIES = 5

interface Opening {
  readonly owner: string
  readonly actor: Actor
  readonly now: Date
  /** Its id, where something refers to it already. */
  readonly id?: string
}

/** Opens a case under a reference that is free. */
export const insertCase = async (
  tx: Tx,
  described: Pick<NewCase, 'age_band' | 'district' | 'languages' | 'needs'>,
  { owner, actor, now, id = newId() }: Opening,
): Promise<CaseRow> => {
  const { age_band, district = null, languages = [], needs = [] } = described
  const fields = { owner, age_band, district, languages, needs, opened_by: actor.id }
  for (let tried = 0; tried < TRIES; tried += 1) {
    const [row] = await tx
      .insert(caseRecord)
      .values({
        id,
        reference: newReference(),
        ...fields,
        opened_at: now,
        changed_at: now,
      })
      .onConflictDoNothing({ target: caseRecord.reference })
      .returning()
    if (row !== undefined) return row
  }
  throw new Error('no free reference was found')
}
