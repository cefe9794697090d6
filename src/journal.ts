import { sql } from 'drizzle-orm'
import type { Tx } from './db.ts'
import type { JournalEvent } from './contracts/events.ts'
import type { Actor } from './actor.ts'
import { newId } from './id.ts'

/** Proof that an entry is on the record; the ledger gives it its place within seconds. */
export interface Receipt {
  readonly entry: string
}

const array = (values: readonly string[] | undefined): string | null =>
  values === undefined ? null : `{${values.join(',')}}`

/**
 * Appends one entry in the caller's transaction: it commits with the change that it records, or
 * not at all. The only way for TypeScript to announce anything; SQL functions insert the same row.
 * MUST NOT be given text that a person wrote.
 */
export const append = async (tx: Tx, actor: Actor, event: JournalEvent): Promise<Receipt> => {
  const entry = newId()
  const concerned = new Set(event.concerned ?? [])
  if (actor.agency !== null) concerned.add(actor.agency)
  await tx.execute(sql`
    insert into journal.entry
      (id, type, outcome, agency, actor, concerned, subject, object, purpose, categories, reason, data)
    values (
      ${entry}, ${event.type}, ${event.outcome ?? 'ok'}, ${actor.agency}, ${actor.id},
      ${array([...concerned])}::uuid[], ${event.subject ?? null}, ${event.object ?? null},
      ${event.purpose ?? null}, ${array(event.categories)}::text[], ${event.reason ?? null},
      ${JSON.stringify(event.data ?? {})}::jsonb
    )`)
  return { entry }
}
