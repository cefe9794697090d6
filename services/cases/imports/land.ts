import { sql } from 'drizzle-orm'
import type { Actor } from '../../../src/actor.ts'
import type { Tx } from '../../../src/db.ts'
import { newId } from '../../../src/id.ts'
import { append } from '../../../src/journal.ts'
import { casePlace, seal } from '../../../src/seal.ts'
import type { ReadyCase } from '../htcds/read-cases.ts'
import { insertCase } from '../insert-case.ts'
import { contentPlace, openJson } from './sealed.ts'

/** Rows that land in one transaction: few enough that no lock is held for long. */
export const BATCH = 25

interface TakenRow extends Record<string, unknown> {
  readonly n: number
  readonly row_key: Buffer
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
}
interface Waiting {
  readonly n: number
  readonly rowKey: Buffer
  readonly made: ReadyCase
  readonly caseId: string
}
interface Landing {
  readonly id: string
  /** Who confirmed; the cases are opened and written in this name. */
  readonly actor: Actor
  readonly agency: string
  readonly key: Buffer
  readonly now: Date
}

/** Claims the rows' keys. Gives, by key, the case that each is, now or since another import. */
const claim = async (
  tx: Tx,
  agency: string,
  rows: readonly Waiting[],
): Promise<ReadonlyMap<string, string>> => {
  const asked = rows
    .map(({ rowKey, caseId }) => ({ key: rowKey.toString('hex'), case_id: caseId }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const given = JSON.stringify(asked)
  await tx.execute(sql`
    insert into cases.import_landed (agency, row_key, case_id)
    select ${agency}, decode(r.key, 'hex'), r.case_id
    from jsonb_to_recordset(${given}::text::jsonb) as r(key text, case_id uuid) order by r.key
    on conflict do nothing`)
  const claimed = await tx.execute<{ key: string; case_id: string }>(sql`
    select encode(l.row_key, 'hex') as key, l.case_id from cases.import_landed l
    where l.agency = ${agency} and l.row_key in (select decode(r.key, 'hex')
      from jsonb_to_recordset(${given}::text::jsonb) as r(key text))`)
  return new Map(claimed.map((row) => [row.key, row.case_id]))
}

const openOne = async (tx: Tx, landing: Landing, { made, caseId: id }: Waiting): Promise<void> => {
  const { actor, agency: owner, now } = landing
  const row = await insertCase(tx, { age_band: made.age_band }, { owner, actor, now, id })
  await append(tx, actor, {
    type: 'cases.case.opened.v1',
    subject: id,
    object: id,
    data: { version: row.version, needed: [], import: landing.id },
  })
}

const writeAll = async (tx: Tx, landing: Landing, rows: readonly Waiting[]): Promise<void> => {
  const { key, agency, actor } = landing
  const data = rows.flatMap(({ made, caseId }) =>
    Object.entries(made.data).map(([category, fields]) => {
      const box = seal(key, Buffer.from(JSON.stringify(fields)), casePlace(caseId, category))
      return {
        case: caseId,
        category,
        agency,
        actor: actor.id,
        ciphertext: box.ciphertext.toString('base64'),
        wrapped_key: box.wrappedKey.toString('base64'),
        replaces: 0,
      }
    }),
  )
  const asked = JSON.stringify(data.map((row, i) => ({ i, ...row })))
  const written = await tx.execute<{ outcome: string }>(
    sql`select outcome from cases.write_data(${asked}::text::jsonb)`,
  )
  if (written.some(({ outcome }) => outcome !== 'ok')) throw new Error('a new case is not writable')
}

const mark = async (tx: Tx, id: string, rows: readonly object[]): Promise<void> => {
  await tx.execute(sql`
    update cases.import_row t set state = r.state, case_id = r.case_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(n int, state text, case_id uuid)
    where t.import = ${id} and t.n = r.n`)
}

/**
 * Lands the next rows, each as a case with its data and journal entries, in the caller's transaction,
 * which MUST act for the import's agency and hold the import. Gives the number of the last row taken;
 * null when none was left. A row whose key has landed meanwhile makes no second case.
 */
export const landBatch = async (tx: Tx, landing: Landing): Promise<number | null> => {
  const taken = await tx.execute<TakenRow>(
    sql`select * from cases.take_import_rows(${landing.id}, ${BATCH})`,
  )
  const rows = taken.map(({ n, row_key: rowKey, ciphertext, wrapped_key: wrappedKey }): Waiting => {
    const place = contentPlace(landing.id, n)
    const made = openJson(landing.key, { ciphertext, wrappedKey }, place) as ReadyCase
    return { n, rowKey, made, caseId: newId() }
  })
  const last = rows.at(-1)
  if (last === undefined) return null
  const cases = await claim(tx, landing.agency, rows)
  const caseOf = ({ rowKey }: Waiting): string | undefined => cases.get(rowKey.toString('hex'))
  const fresh = rows.filter((row) => caseOf(row) === row.caseId)
  for (const row of fresh) await openOne(tx, landing, row)
  await writeAll(tx, landing, fresh)
  const states = rows.map((row) => ({
    n: row.n,
    state: fresh.includes(row) ? 'landed' : 'already_here',
    case_id: caseOf(row),
  }))
  await mark(tx, landing.id, states)
  return last.n
}
