import { Type, type Static } from 'typebox'
import { AGE_BANDS, CATEGORIES, Id, Instant, oneOf, orNull, Version } from './codes.ts'

/** Reading cases in the vocabulary of HTCDS 2.0. */
const CLOSED = { additionalProperties: false } as const
const BothLanguages = Type.Object({ id: Type.String(), en: Type.String() }, CLOSED)

/** How a column was understood; a null field: no field of HTCDS 2.0, kept as a note. */
export const ImportColumn = Type.Object(
  {
    column: Type.String(),
    header: Type.String(),
    field: orNull(Type.String()),
    note: orNull(BothLanguages),
  },
  CLOSED,
)
export type ImportColumn = Static<typeof ImportColumn>

/** What is to be said of one cell. A problem keeps its row from landing. Never holds the cell's value. */
export const CellNote = Type.Object(
  {
    cell: Type.String({ description: 'T7, or a form`s field and the number of the submission' }),
    field: Type.String(),
    level: oneOf(['problem', 'notice']),
    message: BothLanguages,
  },
  CLOSED,
)
export type CellNote = Static<typeof CellNote>

export const IMPORT_FORMATS = ['xlsx', 'csv', 'xlsform'] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]
export const IMPORT_STATES = ['previewed', 'landing', 'landed', 'cancelled', 'expired'] as const
export type ImportState = (typeof IMPORT_STATES)[number]
/** `reported` does not fit, `already_here` landed before, `dropped` was cancelled or waited too long. */
export const ROW_STATES = ['ready', 'reported', 'already_here', 'landed', 'dropped'] as const
export type RowState = (typeof ROW_STATES)[number]

/** Most bytes of a file. */
export const FILE_LIMIT_BYTES = 4 * 1024 * 1024

export const NewCaseImport = Type.Object(
  {
    format: oneOf(IMPORT_FORMATS),
    content: Type.String({
      minLength: 1,
      maxLength: Math.ceil(FILE_LIMIT_BYTES / 3) * 4,
      contentEncoding: 'base64',
      description: 'The file, at most 4 MiB: a workbook, CSV in UTF-8, JSON or XML of a form',
    }),
  },
  CLOSED,
)
export type NewCaseImport = Static<typeof NewCaseImport>

const Count = Type.Integer({ minimum: 0 })
export const CaseImport = Type.Object(
  {
    id: Id,
    format: oneOf(IMPORT_FORMATS),
    state: oneOf(IMPORT_STATES),
    version: Version,
    counts: Type.Object(
      { ready: Count, reported: Count, already_here: Count, landed: Count, dropped: Count },
      CLOSED,
    ),
    made_by: Type.String(),
    confirmed_by: orNull(Type.String()),
    made_at: Instant,
    changed_at: Instant,
    expires_at: { ...Instant, description: 'From then on nothing of the file is left' },
  },
  CLOSED,
)
export type CaseImport = Static<typeof CaseImport>

/** What became of one row. Names fields, never what they hold. */
export const ImportedRow = Type.Object(
  {
    row: Type.Integer({ description: 'Its number in the file' }),
    state: oneOf(ROW_STATES),
    case: orNull(Id),
    age_band: orNull(oneOf(AGE_BANDS)),
    categories: Type.Array(
      Type.Object({ category: oneOf(CATEGORIES), fields: Type.Array(Type.String()) }, CLOSED),
    ),
    notes: Type.Array(CellNote),
  },
  CLOSED,
)
export type ImportedRow = Static<typeof ImportedRow>

export const CaseImportPage = Type.Object(
  {
    import: CaseImport,
    columns: Type.Array(ImportColumn),
    notes: Type.Array(BothLanguages, { description: 'Of the whole file' }),
    items: Type.Array(ImportedRow),
    next: orNull(Type.String()),
  },
  CLOSED,
)
export const CaseImportList = Type.Object(
  { items: Type.Array(CaseImport), next: orNull(Type.String()) },
  CLOSED,
)
export const ImportStep = Type.Object({ version: Version }, CLOSED)

export const EXPORT_FORMATS = ['csv', 'xlsx'] as const
/** Categories are named one by one: a file that left the hub cannot be called back. */
export const NewCaseExport = Type.Object(
  {
    format: oneOf(EXPORT_FORMATS),
    categories: Type.Array(oneOf(CATEGORIES), { minItems: 1, maxItems: 13, uniqueItems: true }),
  },
  CLOSED,
)
export type CaseExportAsked = Static<typeof NewCaseExport>
