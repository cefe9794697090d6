import type { ImportFormat } from '../../../src/contracts/import.ts'
import { FILE_LIMIT_BYTES } from '../../../src/contracts/import.ts'
import { Unreadable, type Grid } from './grid.ts'
import { readCsv, readSubmissions } from './texts.ts'
import { readWorkbook } from './workbook.ts'

const textOf = (content: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw new Unreadable(
      'Bukan teks UTF-8. Di Excel, simpan sebagai "CSV UTF-8".',
      'It is no text in UTF-8. In Excel, save it as "CSV UTF-8".',
    )
  }
}

/** The rows of a file that was sent as base64. @throws Unreadable */
export const readFile = async (format: ImportFormat, base64: string): Promise<Grid> => {
  const content = Buffer.from(base64, 'base64')
  if (content.length > FILE_LIMIT_BYTES) {
    throw new Unreadable('Paling banyak 4 MiB; bagi berkasnya.', 'At most 4 MiB; split the file.')
  }
  if (format === 'xlsx') return await readWorkbook(content)
  return format === 'csv' ? await readCsv(textOf(content)) : readSubmissions(textOf(content))
}
