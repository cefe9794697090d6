import { sql } from 'drizzle-orm'
import type { Actor } from '../../../src/actor.ts'
import type { Category } from '../../../src/contracts/codes.ts'
import { newId } from '../../../src/id.ts'
import { CASE_SEAL, casePlace, unseal } from '../../../src/seal.ts'
import type { Context } from '../../../src/service.ts'
import { cellsOf } from '../htcds/export-cells.ts'
import type { Value } from '../htcds/grid.ts'

/** Cases whose data is in memory at once. */
const PAGE = 20

interface Held extends Record<string, unknown> {
  readonly case: string
  readonly category: Category
  readonly author: string
}
interface Payload {
  readonly i: number
  readonly case_id: string
  readonly category: Category
  readonly agency: string
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
}

export interface ExportAsked {
  readonly actor: Actor
  readonly categories: readonly Category[]
  /** One case; null: all of the agency. */
  readonly case: string | null
}
interface Named extends Record<string, unknown> {
  readonly id: string
  readonly reference: string
}

/** The next cases of the agency, newest first. */
const nextCases = (ctx: Context, { actor, case: one }: ExportAsked, before: string | null) =>
  ctx.db.withActor(actor, (tx) =>
    tx.execute<Named>(sql`
      select id, reference from cases.case_record
      where owner = ${actor.agency} and (${one}::uuid is null or id = ${one}::uuid)
        and (${before}::uuid is null or id < ${before}::uuid)
      order by id desc limit ${PAGE}`),
  )

/** What of these cases the agency may use, by category and author. */
const heldOf = (ctx: Context, { actor, categories }: ExportAsked, cases: readonly Named[]) =>
  ctx.db.withActor(actor, (tx) =>
    tx.execute<Held>(sql`
      select c.id as "case", h.category, h.agency as author
      from unnest(${`{${cases.map(({ id }) => id).join(',')}}`}::uuid[]) as c(id)
      cross join lateral cases.data_held(c.id, ${actor.agency}) h
      where h.category = any(${`{${categories.join(',')}}`}::text[])`),
  )

/** Opens data in two steps, as any opening: first on the record, then read. What is refused has no row. */
const open = async (ctx: Context, actor: Actor, held: readonly Held[]): Promise<Payload[]> => {
  if (held.length === 0) return []
  const { agency, id } = actor
  const asked = held.map((each, i) => ({ i, access: newId(), ...each, agency, actor: id }))
  await ctx.db.call('cases.open_access', asked)
  ctx.bus.wake('ledger')
  return await ctx.db.call<Payload>(
    'cases.read_payload',
    asked.map(({ i, access }) => ({ i, access, agency, actor: id })),
  )
}

/**
 * Rows of an export, a page of cases in memory at a time: one a case, and one more for each other agency
 * that wrote data which the caller's may use. Each category of each row is an opening on the record.
 */
export async function* openedRows(
  ctx: Context,
  asked: ExportAsked,
): AsyncGenerator<readonly (Value | null)[]> {
  const key = ctx.keys.derive(CASE_SEAL)
  for (let before: string | null = null; ;) {
    const cases: readonly Named[] = await nextCases(ctx, asked, before)
    const payloads = await open(ctx, asked.actor, await heldOf(ctx, asked, cases))
    for (const { id, reference } of cases) {
      const authors = new Map<string, Record<string, Record<string, unknown>>>([
        [asked.actor.agency ?? '', {}],
      ])
      for (const payload of payloads.filter((each) => each.case_id === id)) {
        const { category, ciphertext, wrapped_key: wrappedKey } = payload
        const plain = unseal(key, { ciphertext, wrappedKey }, casePlace(id, category))
        const data = authors.get(payload.agency) ?? {}
        data[category] = JSON.parse(plain.toString('utf8')) as Record<string, unknown>
        authors.set(payload.agency, data)
      }
      for (const data of authors.values()) yield cellsOf(reference, data)
    }
    before = cases.at(-1)?.id ?? null
    if (cases.length < PAGE) return
  }
}
