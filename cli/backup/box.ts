import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { Keys } from '../../src/keys.ts'

/** A file: nonce (12 bytes), AES-256-GCM of gzipped lines, tag (16 bytes). */
const NONCE = 12
const TAG = 16

export interface Boxed {
  /** Of the file as it lies there. */
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
  readonly rows: number
}

/** Names the hub's key and the file that it is for: a file under another's name does not open. */
const keyOf = (keys: Keys, name: string): Buffer => keys.derive(`backup/${name}`)

const NEWLINE = 10

/** Writes lines, a row each, to a sealed file. Bounded memory. */
export const writeBox = async (
  path: string,
  name: string,
  keys: Keys,
  lines: AsyncIterable<string>,
): Promise<Boxed> => {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', keyOf(keys, name), nonce)
  const hash = createHash('sha256').update(nonce)
  let bytes = NONCE
  let rows = 0
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1
      done(null, chunk)
    },
  })
  const sealed = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      const box = cipher.update(chunk)
      bytes += box.length
      hash.update(box)
      done(null, box)
    },
    flush: (done) => {
      const end = Buffer.concat([cipher.final(), cipher.getAuthTag()])
      bytes += end.length
      hash.update(end)
      done(null, end)
    },
  })
  const file = await open(path, 'wx', 0o600)
  await file.write(nonce)
  await pipeline(
    Readable.from(lines, { objectMode: false }),
    counted,
    createGzip(),
    sealed,
    createWriteStream('', { fd: file }),
  )
  return { bytes, sha256: hash.digest('hex'), rows }
}

/** Whether a file is the one that the manifest speaks of. */
export const isWhole = async (
  path: string,
  { bytes, sha256 }: Pick<Boxed, 'bytes' | 'sha256'>,
): Promise<boolean> => {
  const found = await stat(path).catch(() => null)
  if (found === null || found.size !== bytes) return false
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex') === sha256
}

/** Lines end at the byte 10 alone: JSON has other ends of lines in its strings, such as U+2028. */
async function* linesIn(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = []
  for await (const chunk of bytes) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, at)]).toString('utf8')
      begun = []
      from = at + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) yield Buffer.concat(begun).toString('utf8')
}

/** The lines of a sealed file that is whole. @throws when another key sealed it */
export async function* readBox(path: string, name: string, keys: Keys): AsyncGenerator<string> {
  const { size } = await stat(path)
  const file = await open(path)
  const [nonce, tag] = [Buffer.alloc(NONCE), Buffer.alloc(TAG)]
  try {
    await file.read(nonce, 0, NONCE, 0)
    await file.read(tag, 0, TAG, size - TAG)
  } finally {
    await file.close()
  }
  const decipher = createDecipheriv('aes-256-gcm', keyOf(keys, name), nonce)
  decipher.setAuthTag(tag)
  const plain = createGunzip()
  const box = createReadStream(path, { start: NONCE, end: size - TAG - 1 })
  const opening = pipeline(box, decipher, plain)
  opening.catch(() => {})
  yield* linesIn(plain)
  await opening
}
