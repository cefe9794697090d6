import canonicalize from 'canonicalize'
import { sql } from 'drizzle-orm'
import { createHmac } from 'node:crypto'
import type { Category } from '../../../src/contracts/codes.ts'
import type { ImportedRow, ImportFormat } from '../../../src/contracts/import.ts'
import type { Tx } from '../../../src/db.ts'
import type { Text } from '../../../src/problem.ts'
import type { ReadFile, ReadRow } from '../htcds/read-cases.ts'
import { contentPlace, reportPlace, sealJson } from './sealed.ts'

/** Purpose of the key by which a row is known again. */
export const ROW_KEYS = 'cases/import-rows'

/** What is kept of a row beside its content, until the import expires. */
export type RowReport = Pick<ImportedRow, 'age_band' | 'categories' | 'notes'>
/** What is kept of the file itself. */
export interface FileReport {
  readonly columns: ReadFile['columns']
  readonly notes: readonly Text[]
}

/** A row with the key by which it is known again, and what it is at the time of the preview. */
interface KeyedRow {
  readonly read: ReadRow
  readonly key: Buffer
}

/**
 * Keys that stay the same from file to file: a submission's own number where there is one, else what the
 * row says. Of rows in one file that say the same, which may be different people, each has its own; the
 * same submission twice is one.
 */
const keyRows = (secret: Buffer, agency: string, rows: readonly ReadRow[]): KeyedRow[] => {
  const seen = new Map<string, number>()
  const nthOf = (said: string): number => {
    const nth = seen.get(said) ?? 0
    seen.set(said, nth + 1)
    return nth
  }
  return rows.map((read) => {
    const { instance } = read.origin
    const row = `row ${canonicalize(read.made?.data ?? { row: read.row })}`
    const text =
      instance === null ? `${agency} ${nthOf(row)} ${row}` : `${agency} 0 submission ${instance}`
    return { read, key: createHmac('sha256', secret).update(text).digest() }
  })
}

/** Cases that rows became before, by key, and cases of the agency that rows name, by reference. */
const knownCases = async (
  tx: Tx,
  agency: string,
  rows: readonly KeyedRow[],
): Promise<ReadonlyMap<string, string>> => {
  const keys = JSON.stringify(rows.map(({ key }) => key.toString('hex')))
  const references = JSON.stringify(rows.flatMap(({ read }) => read.origin.reference ?? []))
  const known = await tx.execute<{ by: string; case_id: string }>(sql`
    select encode(l.row_key, 'hex') as by, l.case_id from cases.import_landed l
    where l.agency = ${agency} and l.row_key in
      (select decode(k, 'hex') from jsonb_array_elements_text(${keys}::text::jsonb) k)
    union all
    select c.reference, c.id from cases.case_record c
    where c.owner = ${agency} and c.reference in
      (select jsonb_array_elements_text(${references}::text::jsonb))`)
  return new Map(known.map((row) => [row.by, row.case_id]))
}

const reportOf = ({ made, notes }: ReadRow): RowReport => ({
  age_band: made?.age_band ?? null,
  categories: Object.entries(made?.data ?? {}).map(([category, fields]) => ({
    category: category as Category,
    fields: Object.keys(fields),
  })),
  notes: [...notes],
})

export interface NewPreview {
  readonly id: string
  readonly agency: string
  readonly by: string
  readonly format: ImportFormat
  readonly file: ReadFile
  readonly notes: readonly Text[]
  readonly now: Date
  readonly expiresAt: Date
  readonly keys: { readonly seal: Buffer; readonly rows: Buffer }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64')

/** Writes down what a file would become: each row sealed by itself, the file not at all. */
export const keepPreview = async (tx: Tx, preview: NewPreview): Promise<void> => {
  const { id, agency, by, format, file, now, expiresAt, keys } = preview
  const { columns } = file
  const about: FileReport = { columns, notes: preview.notes }
  const report = sealJson(keys.seal, about, reportPlace(id, 0))
  await tx.execute(sql`
    insert into cases.import (id, agency, format, made_by, report, report_key, made_at, changed_at,
      expires_at)
    values (${id}, ${agency}, ${format}, ${by}, decode(${base64(report.ciphertext)}, 'base64'),
      decode(${base64(report.wrappedKey)}, 'base64'), ${now.toISOString()}, ${now.toISOString()},
      ${expiresAt.toISOString()})`)
  const keyed = keyRows(keys.rows, agency, file.rows)
  const known = await knownCases(tx, agency, keyed)
  const taken = new Set<string>()
  const rows = keyed.map(({ read, key }, index) => {
    const n = index + 1
    const said = sealJson(keys.seal, reportOf(read), reportPlace(id, n))
    const there = known.get(key.toString('hex')) ?? known.get(read.origin.reference ?? '') ?? null
    const isThere = there !== null || taken.has(key.toString('hex'))
    const state = isThere ? 'already_here' : read.made === null ? 'reported' : 'ready'
    if (state === 'ready') taken.add(key.toString('hex'))
    const box = state === 'ready' ? sealJson(keys.seal, read.made, contentPlace(id, n)) : null
    return {
      n,
      row: read.row,
      state,
      case_id: there,
      row_key: base64(key),
      report: base64(said.ciphertext),
      report_key: base64(said.wrappedKey),
      box: box === null ? null : base64(box.ciphertext),
      box_key: box === null ? null : base64(box.wrappedKey),
    }
  })
  const given = sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as r(n int, "row" int,
    state text, case_id uuid, row_key text, report text, report_key text, box text, box_key text)`
  await tx.execute(sql`
    insert into cases.import_row (import, n, agency, "row", state, case_id, row_key, report, report_key)
    select ${id}, r.n, ${agency}, r."row", r.state, r.case_id, decode(r.row_key, 'base64'),
      decode(r.report, 'base64'), decode(r.report_key, 'base64') from ${given}`)
  await tx.execute(sql`
    insert into cases.import_box (import, n, ciphertext, wrapped_key)
    select ${id}, r.n, decode(r.box, 'base64'), decode(r.box_key, 'base64')
    from ${given} where r.box is not null`)
}
