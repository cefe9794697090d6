import type { Readable } from 'node:stream'
import { IMAGE_MAX_BYTES } from '../../src/contracts/message.ts'
import { readBody } from '../../src/read-body.ts'
import { createTurns } from '../../src/turns.ts'

/** What the other fields of a form with a file may come to. */
const FIELDS_BYTES = 65_536
const LIMIT = IMAGE_MAX_BYTES + FIELDS_BYTES
/** For a form to arrive, in milliseconds. */
const FORM_MS = 60_000

const boundaryOf = (contentType: string): string =>
  /boundary="?([^";]+)"?/i.exec(contentType)?.[1] ?? ''

/** Forms read at once by a replica: with LIMIT this bounds its memory. */
const turns = createTurns(2, 20)

const fieldsOf = async (read: Buffer, contentType: string): Promise<Record<string, unknown>> => {
  const sent = await new Response(new Uint8Array(read), {
    headers: { 'content-type': contentType },
  }).formData()
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

/**
 * The fields of a form with a file, for `formOf`; a chosen file is a Buffer. A file that is too large, or too
 * slow, is cut where it surely is, so that what else was written is not lost with it. Gives no fields when it is no such form.
 * @throws Problem when too many forms wait
 */
export const readUploadForm = (
  payload: Readable,
  contentType: string,
): Promise<Record<string, unknown>> =>
  turns(async () => {
    const { data, end } = await readBody(payload, { most: LIMIT, withinMs: FORM_MS })
    const close = Buffer.from(`\r\n--${boundaryOf(contentType)}--\r\n`)
    const whole = end === 'whole' ? data : Buffer.concat([data, close])
    return await fieldsOf(whole, contentType).catch(() => ({}))
  })
