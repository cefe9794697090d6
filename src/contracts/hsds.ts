import { Type, type Static } from 'typebox'
import { Id, Instant, oneOf, Version } from './codes.ts'

/** HSDS 3.1 as the hub publishes and imports it. The documents' own shapes are the standard's. */
const CLOSED = { additionalProperties: false } as const

/** One line of text, without control characters. */
const LINE = '^[^\\u0000-\\u001f\\u007f]*$'
const HsdsId = Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$' })
const Flag = Type.Optional(Type.Boolean())

/** Parameters of the standard's OpenAPI; a page is at most 100. */
export const HsdsQuery = Type.Object(
  {
    search: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: LINE })),
    page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
    per_page: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
    format: Type.Optional(oneOf(['json'])),
    taxonomy_term_id: Type.Optional(HsdsId),
    taxonomy_id: Type.Optional(HsdsId),
    organization_id: Type.Optional(HsdsId),
    parent_id: Type.Optional(HsdsId),
    top_only: Flag,
    modified_after: Type.Optional(Instant),
    minimal: Flag,
    full: Flag,
    full_service: Flag,
    postcode: Type.Optional(Type.String({ minLength: 1, maxLength: 20, pattern: LINE })),
  },
  CLOSED,
)
export type HsdsQuery = Static<typeof HsdsQuery>

/** Of a question in a body the defaults are the same. */
export const HsdsQuestion = Type.Partial(HsdsQuery, CLOSED)
export const HsdsParams = Type.Object({ id: HsdsId }, CLOSED)

export const HsdsDocument = Type.Unsafe<Readonly<Record<string, unknown>>>({
  type: 'object',
  additionalProperties: true,
  description: 'As the schema of HSDS 3.1 says',
})

export const HsdsPage = Type.Object(
  {
    total_items: Type.Integer(),
    total_pages: Type.Integer(),
    page_number: Type.Integer(),
    size: Type.Integer(),
    first_page: Type.Boolean(),
    last_page: Type.Boolean(),
    empty: Type.Boolean(),
    contents: Type.Array(HsdsDocument),
  },
  CLOSED,
)

export const HsdsAbout = Type.Object(
  { version: Type.String(), profile: Type.String(), openapi_url: Type.String() },
  CLOSED,
)

/** Files of a package: CSV by the names of the datapackage, JSON of any of the standard's forms. */
export const NewImport = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f]+$' }),
          content: Type.String({ minLength: 1, maxLength: 16_777_216 }),
        },
        CLOSED,
      ),
      { minItems: 1, maxItems: 60 },
    ),
  },
  CLOSED,
)
export type NewImport = Static<typeof NewImport>

const Count = Type.Integer({ minimum: 0 })
export const ImportCounts = Type.Object(
  { new: Count, changed: Count, same: Count, refused: Count, warnings: Count },
  CLOSED,
)
export type ImportCounts = Static<typeof ImportCounts>

export const ImportRead = Type.Object(
  { id: Id, state: oneOf(['previewed', 'applied']), counts: ImportCounts, version: Version },
  CLOSED,
)
export type ImportRead = Static<typeof ImportRead>

export const ApplyImport = Type.Object({ version: Version }, CLOSED)

export const IMPORT_OUTCOMES = ['new', 'changed', 'same', 'refused'] as const
const Message = Type.Object(
  {
    level: oneOf(['error', 'warning']),
    field: Type.String(),
    text: Type.Object({ id: Type.String(), en: Type.String() }, CLOSED),
  },
  CLOSED,
)
export type ImportMessage = Static<typeof Message>

/** What becomes of one row; a refused one says what to correct. */
export const ImportLine = Type.Object(
  {
    n: Type.Integer(),
    file: Type.String(),
    line: Type.Union([Type.Integer(), Type.Null()], { description: 'Of the file, for CSV' }),
    table: Type.String(),
    id: Type.String(),
    outcome: oneOf(IMPORT_OUTCOMES),
    messages: Type.Array(Message),
  },
  CLOSED,
)
export type ImportLine = Static<typeof ImportLine>

export const ImportPage = Type.Object(
  {
    import: ImportRead,
    items: Type.Array(ImportLine),
    next: Type.Union([Type.String(), Type.Null()]),
  },
  CLOSED,
)
