import type { Readable } from 'node:stream'
import { IMAGE_MAX_BYTES } from '../../src/contracts/message.ts'
import { Problem } from '../../src/problem.ts'
import { readBody } from '../../src/read-body.ts'
import { createTurns } from '../../src/turns.ts'
import type { Cut } from './visit.ts'

/** What the other fields of a form with a file may come to. */
const FIELDS_BYTES = 65_536
const LIMIT = IMAGE_MAX_BYTES + FIELDS_BYTES
/** For a form to arrive, in milliseconds. */
const FORM_MS = 60_000

const boundaryOf = (contentType: string): string =>
  /boundary="?([^";]+)"?/i.exec(contentType)?.[1] ?? ''

/** Forms read at once by a replica: with LIMIT this bounds its memory. */
const turns = createTurns(8, 40)

/** None when it is no such form. */
const fieldsOf = async (read: Buffer, contentType: string): Promise<Record<string, unknown>> => {
  const headers = { 'content-type': contentType }
  const whole = new Response(new Uint8Array(read), { headers })
  const sent = await whole.formData().catch(() => new FormData())
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
 * The fields of a form with a file, for `formOf`; a chosen file is a Buffer. Of one that is too large, or too
 * slow, what came, so that it is not lost to its writer: `cut` says so, and it MUST NOT be acted upon.
 * @throws Problem when too many forms wait, or its sender left
 */
export const readUploadForm = (
  payload: Readable,
  contentType: string,
): Promise<{ fields: Record<string, unknown>; cut: Cut | null }> =>
  turns(async () => {
    const { data, end } = await readBody(payload, { most: LIMIT, withinMs: FORM_MS })
    if (end === 'left') throw new Problem('unavailable')
    if (end === 'whole') return { fields: await fieldsOf(data, contentType), cut: null }
    const close = Buffer.from(`\r\n--${boundaryOf(contentType)}--\r\n`)
    return { fields: await fieldsOf(Buffer.concat([data, close]), contentType), cut: end }
  })
