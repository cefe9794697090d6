import type { ImportLine, ImportMessage } from '../../../src/contracts/hsds.ts'
import { problemOfValidation } from '../../../src/validation.ts'
import { linksOf, referencesOf, type Table } from './relations.ts'
import { createAssembler, type Row, type Rows } from './rows.ts'
import { schemaErrors } from './standard.ts'
import type { Package } from './package.ts'

/** A row with what becomes of it. */
export interface CheckedRow extends ImportLine {
  readonly row: Row
}

/** What the hub holds already, by `table id`. */
export interface Known {
  readonly imported: ReadonlyMap<string, Row>
  /** Ids of the hub's own agencies and services, which no import changes. */
  readonly own: ReadonlySet<string>
}

const message = (
  level: ImportMessage['level'],
  field: string,
  id: string,
  en: string,
): ImportMessage => ({ level, field, text: { id, en } })

const standardErrors = (table: Table, document: unknown): ImportMessage[] => {
  const errors = schemaErrors('3.1', table, document)
  if (errors.length === 0) return []
  return (problemOfValidation(errors).extras.errors ?? []).map(({ field, message: text }) => ({
    level: 'error',
    field,
    text,
  }))
}

/** A link that leads nowhere is kept: what it names may come with a later part. */
const looseLinks = (row: Row, rows: Rows, known: Known): ImportMessage[] =>
  [...linksOf(row.table)].flatMap(([key, target]) =>
    (row.links[key] ?? []).flatMap((id) => {
      const tables = target === null ? [...rows.keys()] : [target]
      const isThere =
        known.own.has(id) ||
        tables.some((table) => rows.get(table)?.has(id) || known.imported.has(`${table} ${id}`))
      if (isThere) return []
      return [
        message(
          'warning',
          key,
          `Tidak ada di paket ini maupun di hub: ${id}.`,
          `Neither in this package nor in the hub: ${id}.`,
        ),
      ]
    }),
  )

const MANY_OWNERS = (row: Row): ImportMessage[] =>
  Object.entries(row.links).flatMap(([key, ids]) =>
    ids.length > 1
      ? [
          message(
            'warning',
            key,
            `Milik ${ids.length} sekaligus; berkas CSV hanya dapat menyebut satu.`,
            `It belongs to ${ids.length} at once; a CSV file can name only one.`,
          ),
        ]
      : [],
  )

const moreThanThereAre = (row: Row): ImportMessage[] => {
  const { available, maximum } = row.own
  if (row.table !== 'service_capacity') return []
  if (typeof available !== 'number' || typeof maximum !== 'number' || available <= maximum)
    return []
  return [
    message(
      'warning',
      'available',
      'Lebih banyak daripada jumlah seluruhnya (maximum).',
      'More than there are (maximum).',
    ),
  ]
}

const isSame = (one: Row, other: Row | undefined): boolean =>
  other !== undefined &&
  JSON.stringify(sorted(one.own)) === JSON.stringify(sorted(other.own)) &&
  JSON.stringify(sorted(one.links)) === JSON.stringify(sorted(other.links))

/** With keys in order, as jsonb does not keep theirs. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, part]) => [key, sorted(part)]))
}

/** What each row would become: new, changed or same; refused when it is wrong, with the cure. */
export const checkPackage = (given: Package, known: Known): CheckedRow[] => {
  const assembler = createAssembler(given.rows)
  const checked: CheckedRow[] = []
  for (const table of given.rows.values()) {
    for (const row of table.values()) {
      const place = `${row.table} ${row.id}`
      const loose = looseLinks(row, given.rows, known)
      // What a reference lacks is said once, as the link that leads nowhere.
      const wrong = standardErrors(
        row.table,
        assembler.document(row.table, row.id, 'simple'),
      ).filter(
        ({ field }) =>
          !loose.some((warning) => warning.field === `${field}_id`) &&
          // What it names is a row of its own, and said there.
          !referencesOf(row.table).some((reference) => field.startsWith(`${reference.property}.`)),
      )
      const own =
        known.own.has(row.id) && (row.table === 'service' || row.table === 'organization')
          ? [
              message(
                'error',
                'id',
                'Milik lembaga di hub ini; lembaga itu sendiri yang memeliharanya.',
                'It is an agency or service of this hub, which its own agency maintains.',
              ),
            ]
          : []
      const errors = [...wrong, ...own]
      const before = known.imported.get(place)
      const outcome =
        errors.length > 0
          ? 'refused'
          : before === undefined
            ? 'new'
            : isSame(row, before)
              ? 'same'
              : 'changed'
      checked.push({
        ...given.sourceOf(row),
        n: checked.length + 1,
        table: row.table,
        id: row.id.slice(0, 64),
        outcome,
        messages: [...errors, ...loose, ...MANY_OWNERS(row), ...moreThanThereAre(row)],
        row,
      })
    }
  }
  for (const { file, line, table } of given.nameless) {
    const messages = [message('error', 'id', 'Wajib diisi.', 'It is required.')]
    const row: Row = { table, id: '', own: {}, links: {} }
    checked.push({
      n: checked.length + 1,
      file,
      line,
      table,
      id: '',
      outcome: 'refused',
      messages,
      row,
    })
  }
  return checked
}
