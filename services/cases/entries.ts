import { and, desc, eq, lt, sql, type SQL } from 'drizzle-orm'
import type { Category } from '../../src/contracts/codes.ts'
import type { EntryKind, EntryRead } from '../../src/contracts/pathway.ts'
import type { Actor } from '../../src/actor.ts'
import type { Tx } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { append } from '../../src/journal.ts'
import { CASE_SEAL, seal } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'
import type { NewEntry } from './new-entry.ts'
import { entry, entryBox, type EntryRow } from './pathway-tables.ts'
import { putStages, refuseInHand, stageRow } from './stage-setting.ts'

/** Where what an entry says of one category belongs. */
export const entryPlace = (caseId: string, id: string, category: string): string =>
  `case/${caseId}/entry/${id}/${category}`

export const readEntry = (row: EntryRow, categories: readonly string[]): EntryRead => {
  const { case_id: _case, happened_at: happenedAt, at, changed_at: changedAt, ...fields } = row
  return {
    ...fields,
    categories: [...categories] as Category[],
    happened_at: happenedAt.toISOString(),
    at: at.toISOString(),
    changed_at: changedAt.toISOString(),
  }
}

/** Rows with what is sealed in each. */
export const readEntries = async (
  tx: Tx,
  rows: readonly EntryRow[],
  agency: string,
): Promise<EntryRead[]> => {
  if (rows.length === 0) return []
  const ids = `{${rows.map((row) => row.id).join(',')}}`
  const held = await tx.execute<{ entry: string; categories: string[] }>(
    sql`select entry, categories from cases.entry_categories(${ids}::uuid[], ${agency})`,
  )
  const known = new Map(held.map((row) => [row.entry, row.categories]))
  return rows.map((row) => readEntry(row, known.get(row.id) ?? []))
}

export interface EntriesAsked {
  readonly kind: EntryKind | undefined
  readonly before: string | null
  readonly limit: number
}

/** Entries of one case, newest first. */
export const entriesOf = (tx: Tx, caseId: string, asked: EntriesAsked): Promise<EntryRow[]> => {
  const where: SQL[] = [eq(entry.case_id, caseId)]
  if (asked.kind !== undefined) where.push(eq(entry.kind, asked.kind))
  if (asked.before !== null) where.push(lt(entry.id, asked.before))
  return tx
    .select()
    .from(entry)
    .where(and(...where))
    .orderBy(desc(entry.id))
    .limit(asked.limit)
}

const NUMBERED: readonly EntryKind[] = ['assessment', 'safety_plan']

const nextVersion = async (tx: Tx, caseId: string, kind: EntryKind): Promise<number> => {
  if (!NUMBERED.includes(kind)) return 1
  const [last] = await tx
    .select({ version: sql<number>`coalesce(max(${entry.version}), 0)::int` })
    .from(entry)
    .where(and(eq(entry.case_id, caseId), eq(entry.kind, kind)))
  return (last?.version ?? 0) + 1
}

/** Writes an entry, what it seals and what it says of stages. The caller MUST hold the case. */
export const writeEntry = async (
  tx: Tx,
  ctx: Context,
  actor: Actor,
  caseId: string,
  kind: EntryKind,
  made: NewEntry,
): Promise<EntryRead> => {
  const id = newId()
  const now = ctx.now()
  const version = await nextVersion(tx, caseId, kind)
  const [row] = await tx
    .insert(entry)
    .values({
      id,
      case_id: caseId,
      kind,
      version,
      stage: made.stage ?? null,
      state: made.state ?? null,
      happened_at: made.happenedAt,
      due_on: made.dueOn ?? null,
      details: made.details,
      author: actor.id,
      author_agency: actor.agency ?? '',
      at: now,
      changed_at: now,
    })
    .returning()
  if (row === undefined) throw new Error('an entry was not written')
  const key = ctx.keys.derive(CASE_SEAL)
  const boxes = Object.entries(made.sealed).map(([name, data]) => {
    const category = name as Category
    const box = seal(key, Buffer.from(JSON.stringify(data)), entryPlace(caseId, id, category))
    return { entry: id, category, ciphertext: box.ciphertext, wrapped_key: box.wrappedKey }
  })
  if (boxes.length > 0) await tx.insert(entryBox).values(boxes)
  const stages = made.stages ?? []
  if (stages.length > 0) {
    await refuseInHand(
      tx,
      caseId,
      stages.map((each) => each.stage),
    )
    await putStages(
      tx,
      stages.map((each) => stageRow(caseId, each.stage, each, actor.id, now)),
    )
  }
  await append(tx, actor, {
    type: 'cases.entry.recorded.v1',
    subject: caseId,
    object: id,
    categories: boxes.map((box) => box.category),
    ...(made.stage === undefined ? {} : { purpose: made.stage }),
    data: { kind, version, state: made.state ?? null },
  })
  for (const each of stages) {
    await append(tx, actor, {
      type: 'cases.stage.set.v1',
      subject: caseId,
      object: caseId,
      purpose: each.stage,
      ...(each.reason === undefined ? {} : { reason: each.reason }),
      data: { state: each.state },
    })
  }
  return readEntry(
    row,
    boxes.map((box) => box.category),
  )
}
