/**
 * Signed notes, checkpoints and cosignatures of C2SP (signed-note, tlog-checkpoint,
 * tlog-cosignature), with Ed25519: type 0x01 for notes, type 0x04 for cosignatures.
 *
 * A note is lines of text, an empty line, and one line per signature:
 * `— <name> <base64 of 4 bytes key id and the signature>`. The signature is over the text with its
 * final newline. Whatever is not exactly of that form is malformed: nothing is tolerated.
 */
import { concat, fromBase64, hexOf, toBase64, utf8Bytes, utf8Text } from './bytes.ts'
import { HASH_BYTES, webSha256 } from './hash.ts'

export type NoteFault = 'malformed_key' | 'malformed_note' | 'unverified' | 'bad_signature'

/** A key or note that MUST NOT be trusted. */
export class NoteError extends Error {
  readonly fault: NoteFault
  constructor(fault: NoteFault) {
    super(`signed note: ${fault}`)
    this.fault = fault
  }
}

/** Types of signatures (signed-note, "Signature types"). */
export const ED25519 = 1
export const COSIGNATURE = 4
const TYPES: readonly number[] = [ED25519, COSIGNATURE]

export const KEY_BYTES = 32
export const ID_BYTES = 4
const SIGNATURE_BYTES = 64
const TIME_BYTES = 8
const MAX_SIGNATURES = 100

export interface NoteVerifier {
  readonly name: string
  /** Four bytes in lower-case hex. */
  readonly id: string
  readonly type: number
  /** Public key, 32 bytes. */
  readonly key: Uint8Array
}

export interface NoteSignature {
  readonly name: string
  readonly id: string
  readonly signature: Uint8Array
}

export interface Note {
  /** Ends with a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Not empty, and without white space or `+`. */
export const isName = (name: string): boolean =>
  /^[^\s+\u0085]+$/u.test(name) && name.isWellFormed()

/** The first four bytes of SHA-256 over name, newline, type byte and key. */
export const keyIdOf = async (name: string, typed: Uint8Array): Promise<string> =>
  hexOf((await webSha256(concat(utf8Bytes(`${name}\n`), typed))).subarray(0, ID_BYTES))

/** `<name>+<id>+<base64 of the type byte and 32 bytes>`; the id is for the caller to check. */
export function parseKey(text: string): {
  name: string
  id: string
  type: number
  key: Uint8Array
} {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text)
  const [, name = '', id = '', base64 = ''] = match ?? []
  const typed = fromBase64(base64)
  const type = typed?.[0] ?? 0
  if (!isName(name) || typed?.length !== 1 + KEY_BYTES || !TYPES.includes(type)) {
    throw new NoteError('malformed_key')
  }
  return { name, id, type, key: typed.subarray(1) }
}

/** Reads a verifier key. Rejects with NoteError, also when the id is not of that name and key. */
export async function parseVerifierKey(vkey: string): Promise<NoteVerifier> {
  const parsed = parseKey(vkey)
  const typed = concat(new Uint8Array([parsed.type]), parsed.key)
  if ((await keyIdOf(parsed.name, typed)) !== parsed.id) throw new NoteError('malformed_key')
  return parsed
}

/** No control character but the newline, which ends it. */
export const isText = (text: string): boolean =>
  text.endsWith('\n') && text.isWellFormed() && !/(?!\n)[\0-\x1f]/.test(text)

export const formatSignature = ({ name, id, signature }: NoteSignature): string => {
  const bytes = Uint8Array.from(id.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return `— ${name} ${toBase64(concat(bytes, signature))}\n`
}

export const formatNote = ({ text, signatures }: Note): string =>
  `${text}\n${signatures.map(formatSignature).join('')}`

/** Reads the form of a note and verifies nothing. Bytes MUST be UTF-8. Throws NoteError. */
export function parseNote(note: string | Uint8Array): Note {
  const whole = typeof note === 'string' ? note : utf8Text(note)
  if (whole === null) throw new NoteError('malformed_note')
  const middle = whole.lastIndexOf('\n\n')
  const text = whole.slice(0, middle + 1)
  if (middle < 0 || !isText(whole)) throw new NoteError('malformed_note')
  return { text, signatures: parseSignatures(whole.slice(middle + 2)) }
}

/** Reads signature lines, from 1 to 100. Throws NoteError. */
export function parseSignatures(text: string): NoteSignature[] {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length === 0 || lines.length > MAX_SIGNATURES) {
    throw new NoteError('malformed_note')
  }
  return lines.map(parseSignature)
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = '', base64 = '', ...more] = line.split(' ')
  const bytes = fromBase64(base64)
  if (dash !== '—' || more.length > 0 || !isName(name) || !bytes || bytes.length <= ID_BYTES) {
    throw new NoteError('malformed_note')
  }
  return { name, id: hexOf(bytes.subarray(0, ID_BYTES)), signature: bytes.subarray(ID_BYTES) }
}

const isSigned = async (key: Uint8Array, text: string, signature: Uint8Array): Promise<boolean> => {
  const [given, wanted] = [signature as Uint8Array<ArrayBuffer>, key as Uint8Array<ArrayBuffer>]
  try {
    const imported = await crypto.subtle.importKey('raw', wanted, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', imported, given, utf8Bytes(text).slice())
  } catch {
    return false
  }
}

/** What a cosigner signs: the time in seconds since 1970, then the whole text. */
export const cosigned = (text: string, seconds: number): string =>
  `cosignature/v1\ntime ${seconds}\n${text}`

export interface Verified {
  readonly verifier: NoteVerifier
  /** When it was cosigned, in seconds since 1970; null for a plain signature. */
  readonly at: number | null
}

async function verifyOne(
  text: string,
  verifier: NoteVerifier,
  signature: Uint8Array,
): Promise<Verified> {
  if (verifier.type === ED25519) {
    if (await isSigned(verifier.key, text, signature)) return { verifier, at: null }
    throw new NoteError('bad_signature')
  }
  const view = new DataView(signature.buffer, signature.byteOffset, signature.length)
  const time = signature.length < TIME_BYTES ? -1n : view.getBigUint64(0)
  const at = Number(time)
  const isForm = signature.length === TIME_BYTES + SIGNATURE_BYTES && Number.isSafeInteger(at)
  if (
    isForm &&
    (await isSigned(verifier.key, cosigned(text, at), signature.subarray(TIME_BYTES)))
  ) {
    return { verifier, at }
  }
  throw new NoteError('bad_signature')
}

/**
 * Reads a note that at least one of the verifiers signed, and gives who did. Signatures by unknown
 * keys are counted and otherwise ignored; a bad signature by a known key condemns the note.
 * Rejects with NoteError.
 */
export async function openNote(
  note: string | Uint8Array,
  verifiers: readonly NoteVerifier[],
): Promise<{ text: string; verified: Verified[]; unknown: number }> {
  const { text, signatures } = parseNote(note)
  const verified = new Map<NoteVerifier, Verified>()
  let unknown = 0
  for (const { name, id, signature } of signatures) {
    const verifier = verifiers.find((v) => v.name === name && v.id === id)
    if (verifier === undefined) unknown += 1
    else if (!verified.has(verifier)) {
      verified.set(verifier, await verifyOne(text, verifier, signature))
    }
  }
  if (verified.size === 0) throw new NoteError('unverified')
  return { text, verified: [...verified.values()], unknown }
}

/** The head of a log: its name, how many leaves it has, and the root over them. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** Reads a checkpoint's text; lines after the third are extensions and ignored. Throws NoteError. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', count = '', base64 = '', ...rest] = text.split('\n')
  const [size, root] = [Number(count), fromBase64(base64)]
  const isSize = /^(0|[1-9][0-9]*)$/.test(count) && Number.isSafeInteger(size)
  const isEnd = rest.pop() === '' && rest.every((line) => line !== '')
  if (origin === '' || !isSize || root?.length !== HASH_BYTES || !isEnd) {
    throw new NoteError('malformed_note')
  }
  return { origin, size, root }
}

/** Reads a checkpoint that the log itself signed. Rejects with NoteError. */
export async function openCheckpoint(
  note: string | Uint8Array,
  log: NoteVerifier,
): Promise<Checkpoint> {
  const checkpoint = parseCheckpoint((await openNote(note, [log])).text)
  if (checkpoint.origin !== log.name) throw new NoteError('unverified')
  return checkpoint
}
