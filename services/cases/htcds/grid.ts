import { type FieldError, type Text, text } from '../../../src/problem.ts'

/** What a cell holds, as its file has it. */
export type Value = string | number | boolean

/** A row of a file: its number there, from 1, and the cells that hold something, by column from 0. */
export interface GridRow {
  readonly number: number
  readonly cells: ReadonlyMap<number, Value>
}

/** A file as rows. `isForm`: its columns are names alone (a form), not places in a sheet. */
export interface Grid {
  readonly rows: readonly GridRow[]
  readonly isForm: boolean
  /** What is to be said of the whole file, such as sheets that are not read. */
  readonly notes?: readonly Text[]
}

export const ROWS_MAX = 2_000
export const COLUMNS_MAX = 250
/** What one cell may hold, as in Excel, and all cells together, in UTF-16 units. */
export const CELL_MAX = 32_767
export const CELLS_MAX = 16 * 1024 * 1024

/** `AJ`: the letters of a column. */
export const lettersOf = (column: number): string => {
  const rest = Math.floor(column / 26)
  return (rest === 0 ? '' : lettersOf(rest - 1)) + String.fromCharCode(65 + (column % 26))
}

/** The column of a cell's reference: 35 for `AJ7`; -1 when it is none. */
export const columnOf = (reference: string): number => {
  const letters = /^([A-Z]{1,3})[0-9]+$/.exec(reference)?.[1]
  if (letters === undefined) return -1
  return letters.split('').reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

/** What is wrong with a whole file. Thrown by readers; never says what the file holds. */
export class Unreadable extends Error {
  readonly problem: FieldError
  constructor(id: string, en: string) {
    super(en)
    this.problem = { field: 'content', message: text(id, en) }
  }
}

export const tooLarge = (): Unreadable =>
  new Unreadable(
    'Isi berkas terlalu besar setelah dibuka; hapus lembar, baris dan isi yang tidak perlu.',
    'The file unpacks to too much; remove sheets, rows and contents that are not needed.',
  )

export const refuseLarge = (rows: number, columns: number): void => {
  if (rows > ROWS_MAX || columns > COLUMNS_MAX) {
    throw new Unreadable(
      `Paling banyak ${ROWS_MAX} baris dan ${COLUMNS_MAX} kolom; bagi berkasnya.`,
      `At most ${ROWS_MAX} rows and ${COLUMNS_MAX} columns; split the file.`,
    )
  }
}
