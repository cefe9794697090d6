import type { Readable } from 'node:stream'
import { IMAGE_MAX_BYTES } from '../../src/contracts/message.ts'

/** What the other fields of a form with a file may come to. */
const FIELDS_BYTES = 65_536
const LIMIT = IMAGE_MAX_BYTES + FIELDS_BYTES

const boundaryOf = (contentType: string): string =>
  /boundary="?([^";]+)"?/i.exec(contentType)?.[1] ?? ''

/**
 * The fields of a form with a file, for `formOf`; a chosen file is a Buffer. A file that is too large is cut where
 * it is surely too large, so that what else was written is not lost with it.
 * @throws TypeError when it is no such form
 */
export const parseUploadForm = async (
  payload: Readable,
  contentType: string,
): Promise<Record<string, unknown>> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of payload as AsyncIterable<Buffer>) {
    if (bytes < LIMIT) parts.push(part)
    bytes += part.length
  }
  const read = Buffer.concat(parts)
  const whole =
    bytes <= LIMIT
      ? read
      : Buffer.concat([
          read.subarray(0, LIMIT),
          Buffer.from(`\r\n--${boundaryOf(contentType)}--\r\n`),
        ])
  const sent = await new Response(whole, { headers: { 'content-type': contentType } }).formData()
  const fields: Record<string, unknown> = {}
  for (const name of new Set(sent.keys())) {
    const values = sent.getAll(name)
    const [file] = values
    if (typeof file === 'object') {
      if (file.size > 0) fields[name] = Buffer.from(await file.arrayBuffer())
    } else {
      fields[name] = values.filter((each) => typeof each === 'string')
    }
  }
  return fields
}
