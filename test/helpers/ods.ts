import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { fromBuffer, type Entry, type Options, type ZipFile } from 'yauzl'

/** The rows of an ODS, cell by cell; paragraphs of a cell are its lines. */
export const odsRows = async (ods: Buffer): Promise<string[][]> => {
  const zip = await promisify<Buffer, Options, ZipFile>(fromBuffer)(ods, {
    lazyEntries: false,
  })
  const xml = await new Promise<string>((resolve, reject) => {
    zip.on('error', reject).on('entry', (entry: Entry) => {
      if (entry.fileName !== 'content.xml') return
      zip.openReadStream(entry, (error, stream) => {
        if (error === null) resolve(text(stream))
        else reject(error)
      })
    })
  })
  const cells = (row: string): string[] =>
    [...row.matchAll(/<table:table-cell[^>]*?(?:\/>|>(.*?)<\/table:table-cell>)/gs)].map(
      ([, cell]) =>
        [...(cell ?? '').matchAll(/<text:p>(.*?)<\/text:p>/gs)].map(([, line]) => line).join('\n'),
    )
  return [...xml.matchAll(/<table:table-row.*?<\/table:table-row>/gs)].map(([row]) => cells(row))
}
