import { CATEGORIES, type Category } from '../../../src/contracts/codes.ts'
import { HTCDS_FIELDS, PREFIX } from '../../../src/contracts/htcds.ts'
import { type Text, text } from '../../../src/problem.ts'
import { lettersOf, type Grid, type GridRow } from './grid.ts'

/** A column of a file and the field of HTCDS 2.0 that it is; null: none, kept under its own name. */
export interface Column {
  readonly index: number
  /** `AJ`, or a form's own name. */
  readonly place: string
  readonly header: string
  readonly field: string | null
  /** What a reader should know of how it was understood. */
  readonly note: Text | null
  /** Counts rows and says nothing of anybody. */
  readonly isNumbering: boolean
  /** The category whose fields it holds as JSON: what HTCDS has no column for. */
  readonly rest: Category | null
}

/** Letters and digits alone, in lower case: how names and labels are compared. */
export const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

const BY_NAME = new Map(HTCDS_FIELDS.map(({ field }) => [plain(field), field]))
/** Names that published templates and earlier versions use for fields of 2.0. */
const ALIASES = new Map([
  [plain('vic_TraffickinStatusDecisionMakingOrg'), 'vic_TraffickingStatusDecisionMakingOrg'],
  [plain('prs_Nationality'), 'prs_Citizenship'],
  [plain('vic_RecruitmentMethod'), 'vic_MethodOfRecruitment'],
  [plain('vic_RecruitmentMethods'), 'vic_MethodOfRecruitment'],
])
/** Labels in the templates that the standard words otherwise. */
const TEMPLATE_LABELS: Readonly<Record<string, string>> = {
  mailingzippostalcode: 'prs_MailingPostalCode',
  mailingstateprovince: 'prs_MailingState',
  nationality: 'prs_Citizenship',
  consent: 'con_Consent',
  status: 'cas_Status',
  casestatus: 'cas_Status',
  traffickingstatusdecisionmakingorganization: 'vic_TraffickingStatusDecisionMakingOrg',
}
const BY_LABEL = new Map([
  ...HTCDS_FIELDS.filter(({ status }) => status !== 'DEPRECATED').map(
    ({ label, field }) => [plain(label), field] as const,
  ),
  ...Object.entries(TEMPLATE_LABELS),
])
/** What clients of forms add; it says nothing of anybody. */
const FORM_OWN =
  /^(start|end|__version__|instanceID|instanceName|_.*|meta|formhub|uuid|deviceid|SubmissionDate|KEY)$/

const byName = (name: string): string | null =>
  BY_NAME.get(plain(name)) ?? ALIASES.get(plain(name)) ?? null
const byLabel = (label: string): string | null => BY_LABEL.get(plain(label)) ?? null

const renamed = (header: string, field: string): Text | null =>
  header === field
    ? null
    : text(`"${header}" dibaca sebagai ${field}.`, `"${header}" is read as ${field}.`)

const contradicts = (header: string, label: string): Text =>
  text(
    `Nama teknis ${header} dan label "${label}" berbeda; nama teknis yang dipakai. Periksa kolom ini.`,
    `The technical name ${header} and the label "${label}" differ; the name counts. Check this column.`,
  )

const FORM_TITLE = text(
  'Formulir terbitan menanyakan isian ini sebagai "Second Name"; periksa apakah memang gelar.',
  'The published form asks for this as "Second Name"; check that it is a title.',
)
const UNKNOWN = text(
  'Bukan isian HTCDS 2.0; disimpan sebagai catatan pada kategori narrative.',
  'It is no field of HTCDS 2.0; it is kept as a note in the category narrative.',
)
/** A column of the hub's own files that names the case a row came from. */
export const REFERENCE_COLUMN = 'titian_reference'
/** A column of the hub's own files: what HTCDS has no column for, as JSON. */
export const restColumn = (category: Category): string => `titian_${category}`
const REST = new RegExp(`^titian_(${CATEGORIES.join('|')})$`)
const REFERENCE = text(
  'Menyebut kasus asal di hub; tidak diambil, dan kasus yang sudah ada tidak dibuat lagi.',
  'It names the case in the hub that the row came from; it is not taken, and no case is made twice.',
)
const NUMBERING = text('Nomor baris; tidak diambil.', 'It numbers the rows and is not taken.')

const cellOf = (row: GridRow | undefined, index: number): string =>
  String(row?.cells.get(index) ?? '').trim()

/** Whether a row under the header is the templates' row of labels. */
const isLabelRow = (row: GridRow | undefined): boolean => {
  if (row === undefined) return false
  const cells = [...row.cells.values()].map(String)
  return (
    cells.length > 0 && cells.filter((cell) => byLabel(cell) !== null).length * 2 > cells.length
  )
}

export interface Header {
  readonly columns: readonly Column[]
  /** The rows below the header. */
  readonly rows: readonly GridRow[]
}

const readColumn = (
  grid: Grid,
  index: number,
  header: string,
  label: string,
  rows: readonly GridRow[],
): Column => {
  const place = grid.isForm ? header : lettersOf(index)
  const of = (field: string | null, note: Text | null, isNumbering = false): Column => ({
    index,
    place,
    header: header === '' ? label : header,
    field,
    note,
    isNumbering,
    rest: CATEGORIES.find((category) => restColumn(category) === header) ?? null,
  })
  if (header === '' && label === '') {
    const values = rows.flatMap((row) => row.cells.get(index) ?? [])
    if (values.every((value) => /^\d+$/.test(String(value)))) return of(null, NUMBERING, true)
    return of(null, UNKNOWN)
  }
  if (REST.test(header)) return of(null, null)
  if (header === REFERENCE_COLUMN) return of(null, REFERENCE, true)
  if (grid.isForm && FORM_OWN.test(header)) return of(null, NUMBERING, true)
  if (header === '') {
    const field = byLabel(label)
    return of(field, field === null ? UNKNOWN : renamed(label, field))
  }
  const field = byName(header) ?? (PREFIX.test(header) ? null : byLabel(header))
  if (field === null) return of(null, UNKNOWN)
  if (grid.isForm && field === 'prs_Title') return of(field, FORM_TITLE)
  const labelled = label === '' ? null : byLabel(label)
  if (labelled !== null && labelled !== field) return of(field, contradicts(header, label))
  return of(field, renamed(header, field))
}

/**
 * Understands the header of a file: technical names in the first row, where these are missing the labels
 * below, or labels alone. Where the two contradict each other the technical name counts, with a note.
 */
export const readHeader = (grid: Grid): Header => {
  const [first, second] = grid.rows
  const hasLabels = !grid.isForm && isLabelRow(second)
  const rows = grid.rows.slice(hasLabels ? 2 : 1)
  const width = grid.rows.reduce((most, row) => Math.max(most, ...row.cells.keys()), -1) + 1
  const columns = Array.from({ length: width }, (_, index) => {
    const label = hasLabels ? cellOf(second, index) : ''
    return readColumn(grid, index, cellOf(first, index), label, rows)
  })
  const used = columns.filter(
    ({ index, header }) => header !== '' || rows.some((row) => row.cells.has(index)),
  )
  return { columns: used, rows }
}

/** Whether anything of a header belongs to the standard. */
export const isHtcds = ({ columns }: Header): boolean => columns.some(({ field }) => field !== null)
