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

interface Held {
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
  /** What of it the agency may use, of the categories asked. */
  readonly held: readonly Held[]
}

/** The next cases of the agency, newest first, each with what may be opened of it. */
const nextCases = (ctx: Context, asked: ExportAsked, before: string | null): Promise<Named[]> => {
  const { actor, categories, case: one } = asked
  return ctx.db.withActor(actor, (tx) =>
    tx.execute<Named>(sql`
      select c.id, c.reference, coalesce((
        select jsonb_agg(jsonb_build_object('category', h.category, 'author', h.agency))
        from cases.data_held(c.id, ${actor.agency}) h
        where h.category = any(${`{${categories.join(',')}}`}::text[])), '[]') as held
      from cases.case_record c
      where c.owner = ${actor.agency} and (${one}::uuid is null or c.id = ${one}::uuid)
        and (${before}::uuid is null or c.id < ${before}::uuid)
      order by c.id desc limit ${PAGE}`),
  )
}

/** Opens data in two steps, as any opening: first on the record, then read. What is refused has no row. */
const open = async (ctx: Context, actor: Actor, cases: readonly Named[]): Promise<Payload[]> => {
  const { agency, id } = actor
  const held = cases.flatMap((each) => each.held.map((datum) => ({ case: each.id, ...datum })))
  if (held.length === 0) return []
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
    const payloads = await open(ctx, asked.actor, cases)
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
