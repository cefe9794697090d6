import { Type, type Static } from 'typebox'
import { oneOf } from './codes.ts'

/** Reading cases in the vocabulary of HTCDS 2.0. */
const CLOSED = { additionalProperties: false } as const
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
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
