import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { CaseImport, RowState } from '../../../src/contracts/import.ts'
import type { Tx } from '../../../src/db.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'

interface ImportRow extends Record<string, unknown> {
  readonly id: string
  readonly agency: string
  readonly format: CaseImport['format']
  readonly state: CaseImport['state']
  readonly version: number
  readonly made_by: string
  readonly confirmed_by: string | null
  readonly report: Buffer | null
  readonly report_key: Buffer | null
  readonly made_at: string
  readonly changed_at: string
  readonly expires_at: string
  readonly counts: Partial<Record<RowState, number>> | null
}

const COLUMNS = sql`f.id, f.agency, f.format, f.state, f.version, f.made_by, f.confirmed_by, f.report,
  f.report_key, f.made_at, f.changed_at, f.expires_at,
  (select jsonb_object_agg(c.state, c.count) from (select r.state, count(*)::int as count
    from cases.import_row r where r.import = f.id group by r.state) c) as counts`

const NONE: Readonly<Record<RowState, number>> = {
  ready: 0,
  reported: 0,
  already_here: 0,
  landed: 0,
  dropped: 0,
}

export interface FoundImport {
  readonly owner: string
  readonly read: CaseImport
  readonly report: { readonly ciphertext: Buffer; readonly wrappedKey: Buffer } | null
}

const found = (row: ImportRow): FoundImport => {
  const { report, report_key: wrappedKey, counts, agency: owner, ...fields } = row
  return {
    owner,
    read: {
      ...fields,
      counts: { ...NONE, ...counts },
      made_at: new Date(row.made_at).toISOString(),
      changed_at: new Date(row.changed_at).toISOString(),
      expires_at: new Date(row.expires_at).toISOString(),
    },
    report: report === null || wrappedKey === null ? null : { ciphertext: report, wrappedKey },
  }
}

/** One import; row-level security hides those of other agencies. */
export const importById = async (tx: Tx, id: string): Promise<FoundImport | null> => {
  const [row] = await tx.execute<ImportRow>(
    sql`select ${COLUMNS} from cases.import f where f.id = ${id}`,
  )
  return row === undefined ? null : found(row)
}

/** Imports of the actor's own agency, newest first, older than `before`. */
export const importsOf = async (
  tx: Tx,
  agency: string,
  before: string | null,
  limit: number,
): Promise<CaseImport[]> => {
  const rows = await tx.execute<ImportRow>(sql`
    select ${COLUMNS} from cases.import f
    where f.agency = ${agency} and (${before}::uuid is null or f.id < ${before}::uuid)
    order by f.id desc limit ${limit}`)
  return rows.map((row) => found(row).read)
}

interface Step {
  readonly id: string
  /** As the caller saw it; null for who holds the import and need not have seen it. */
  readonly version: number | null
  readonly from: readonly CaseImport['state'][]
  readonly to: CaseImport['state']
  readonly by: string
  readonly now: Date
}

/**
 * Moves an import by compare-and-set, and gives it as it is then.
 * @throws Problem version_conflict, with how it is, when it is not as the caller saw it
 */
export const moveImport = async (tx: Tx, step: Step): Promise<CaseImport> => {
  const { id, version, from, to, by, now } = step
  const confirmed = to === 'landing' ? by : null
  const moved = await tx.execute(sql`
    update cases.import set state = ${to}, version = version + 1,
      changed_at = ${now.toISOString()}, confirmed_by = coalesce(${confirmed}::text, confirmed_by)
    where id = ${id} and version = coalesce(${version}::int, version) and state = any(${`{${from.join(',')}}`}::text[])
    returning id`)
  const current = (await importById(tx, id))?.read
  if (moved.length === 1 && current !== undefined) return current
  throw new Problem('version_conflict', {
    members: { version: current?.version, state: current?.state },
  })
}

/**
 * The import of the path, of the caller's own agency.
 * @throws Problem not_found, the same for a foreign import and for none
 */
export const ownImport = async (
  tx: Tx,
  request: FastifyRequest,
  id: string,
): Promise<FoundImport> => {
  const found = await importById(tx, id)
  authorize(request, 'case.import', { kind: 'owned', owner: found?.owner ?? null }, { object: id })
  if (found === null) throw new Problem('not_found')
  return found
}
