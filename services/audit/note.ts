/**
 * Signed notes and checkpoints of C2SP (signed-note, tlog-checkpoint), with Ed25519 (type 0x01).
 *
 * A note is lines of text, an empty line, and one line per signature:
 * `— <name> <base64 of 4 bytes key id and the signature>`. The signature is over the text with its
 * final newline. Whatever is not exactly of that form is malformed: nothing is tolerated.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { HASH_BYTES } from './merkle.ts'

export type NoteFault = 'malformed_key' | 'malformed_note' | 'unverified' | 'bad_signature'

/** A key or note that MUST NOT be trusted. */
export class NoteError extends Error {
  readonly fault: NoteFault
  constructor(fault: NoteFault) {
    super(`signed note: ${fault}`)
    this.fault = fault
  }
}

export interface NoteVerifier {
  readonly name: string
  /** Four bytes in lower-case hex. */
  readonly id: string
  readonly key: KeyObject
}

/** `key` is the private key; `vkey` is the text that verifies what it signs. */
export interface NoteSigner extends NoteVerifier {
  readonly vkey: string
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

const ED25519 = 1
const KEY_BYTES = 32
const ID_BYTES = 4
const MAX_SIGNATURES = 100
const PRIVATE_PREFIX = 'PRIVATE+KEY+'
/** What RFC 8410 puts before the 32 bytes of a key. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Not empty, and without white space or `+`. */
const isName = (name: string): boolean => /^[^\s+\u0085]+$/u.test(name) && name.isWellFormed()

/** Null unless the text is exactly how those bytes are written in standard base64. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

function keyId(name: string, key: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), key])).slice(0, 2 * ID_BYTES)
}

/** `<name>+<id>+<base64 of the type byte and 32 bytes>`; the id is for the caller to check. */
function parseKey(text: string): { name: string; id: string; key: Buffer } {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text)
  const [, name = '', id = '', base64 = ''] = match ?? []
  const typed = decodeBase64(base64)
  if (!isName(name) || typed?.length !== 1 + KEY_BYTES || typed[0] !== ED25519) {
    throw new NoteError('malformed_key')
  }
  return { name, id, key: typed.subarray(1) }
}

const formatKey = (name: string, id: string, key: Uint8Array): string =>
  `${name}+${id}+${Buffer.concat([Buffer.from([ED25519]), key]).toString('base64')}`

const publicIdOf = (name: string, key: Uint8Array): string =>
  keyId(name, Buffer.concat([Buffer.from([ED25519]), key]))

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES)

/** Reads a verifier key. Throws NoteError, also when the id is not that of the name and key. */
export function parseVerifierKey(vkey: string): NoteVerifier {
  const { name, id, key } = parseKey(vkey)
  if (publicIdOf(name, key) !== id) throw new NoteError('malformed_key')
  const der = Buffer.concat([SPKI_HEAD, key])
  return { name, id, key: createPublicKey({ key: der, type: 'spki', format: 'der' }) }
}

/** Reads a signer key. Throws NoteError, also when the id is not that of its public half. */
export function parseSignerKey(skey: string): NoteSigner {
  if (!skey.startsWith(PRIVATE_PREFIX)) throw new NoteError('malformed_key')
  const { name, id, key: seed } = parseKey(skey.slice(PRIVATE_PREFIX.length))
  const signer = signerFromSeed(name, seed)
  if (signer.id !== id) throw new NoteError('malformed_key')
  return signer
}

/** A signer from an Ed25519 seed, which MUST be 32 bytes. Throws NoteError for a bad name. */
export function signerFromSeed(name: string, seed: Uint8Array): NoteSigner {
  const der = Buffer.concat([PKCS8_HEAD, seed])
  return noteSigner(name, createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }))
}

/** A signer from an Ed25519 private key. Throws NoteError when the name or the key cannot be one. */
export function noteSigner(name: string, key: KeyObject): NoteSigner {
  if (!isName(name) || key.type !== 'private' || key.asymmetricKeyType !== 'ed25519') {
    throw new NoteError('malformed_key')
  }
  const raw = rawPublic(key)
  const id = publicIdOf(name, raw)
  return { name, id, key, vkey: formatKey(name, id, raw) }
}

/** The signer key as text. It is a secret. */
export function formatSignerKey({ name, id, key }: NoteSigner): string {
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(-KEY_BYTES)
  return PRIVATE_PREFIX + formatKey(name, id, seed)
}

export function generateSigner(name: string): NoteSigner {
  return noteSigner(name, generateKeyPairSync('ed25519').privateKey)
}

/** No control character but the newline, which ends it. */
const isText = (text: string): boolean =>
  text.endsWith('\n') && text.isWellFormed() && !/(?!\n)[\0-\x1f]/.test(text)

/** Writes a signed note. The text MUST end with a newline. Throws NoteError. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!isText(text) || signers.length === 0) throw new NoteError('malformed_note')
  return formatNote({
    text,
    signatures: signers.map(({ name, id, key }) => ({
      name,
      id,
      signature: sign(null, Buffer.from(text), key),
    })),
  })
}

export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, id, signature }) => {
    const base64 = Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')
    return `— ${name} ${base64}\n`
  })
  return `${text}\n${lines.join('')}`
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new NoteError('malformed_note')
  }
}

/** Reads the form of a note and verifies nothing. Bytes MUST be UTF-8. Throws NoteError. */
export function parseNote(note: string | Uint8Array): Note {
  const whole = typeof note === 'string' ? note : decodeUtf8(note)
  const middle = whole.lastIndexOf('\n\n')
  const text = whole.slice(0, middle + 1)
  const lines = whole.slice(middle + 2).split('\n')
  if (middle < 0 || !isText(whole) || lines.pop() !== '' || lines.length === 0) {
    throw new NoteError('malformed_note')
  }
  if (lines.length > MAX_SIGNATURES) throw new NoteError('malformed_note')
  return { text, signatures: lines.map(parseSignature) }
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = '', base64 = '', ...more] = line.split(' ')
  const bytes = decodeBase64(base64)
  if (dash !== '—' || more.length > 0 || !isName(name) || !bytes || bytes.length <= ID_BYTES) {
    throw new NoteError('malformed_note')
  }
  const id = bytes.subarray(0, ID_BYTES).toString('hex')
  return { name, id, signature: bytes.subarray(ID_BYTES) }
}

/**
 * Reads a note that at least one of the verifiers signed, and gives the verifiers that did.
 * Signatures by unknown keys are ignored; a bad signature by a known key condemns the note.
 * Throws NoteError.
 */
export function openNote(
  note: string | Uint8Array,
  verifiers: readonly NoteVerifier[],
): { text: string; verified: NoteVerifier[] } {
  const { text, signatures } = parseNote(note)
  const verified = new Set<NoteVerifier>()
  for (const { name, id, signature } of signatures) {
    const verifier = verifiers.find((v) => v.name === name && v.id === id)
    if (verifier === undefined || verified.has(verifier)) continue
    if (!verify(null, Buffer.from(text), verifier.key, signature)) {
      throw new NoteError('bad_signature')
    }
    verified.add(verifier)
  }
  if (verified.size === 0) throw new NoteError('unverified')
  return { text, verified: [...verified] }
}

/** The head of a log: its name, how many leaves it has, and the root over them. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** Reads a checkpoint's text; lines after the third are extensions and ignored. Throws NoteError. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', count = '', base64 = '', ...rest] = text.split('\n')
  const [size, root] = [Number(count), decodeBase64(base64)]
  const isSize = /^(0|[1-9][0-9]*)$/.test(count) && Number.isSafeInteger(size)
  const isEnd = rest.pop() === '' && rest.every((line) => line !== '')
  if (origin === '' || !isSize || root?.length !== HASH_BYTES || !isEnd) {
    throw new NoteError('malformed_note')
  }
  return { origin, size, root }
}

/** A checkpoint signed under its own origin's name. */
export const signCheckpoint = (head: Omit<Checkpoint, 'origin'>, signer: NoteSigner): string =>
  signNote(formatCheckpoint({ origin: signer.name, ...head }), [signer])

/** Reads a checkpoint that the log itself signed. Throws NoteError. */
export function openCheckpoint(note: string | Uint8Array, log: NoteVerifier): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [log]).text)
  if (checkpoint.origin !== log.name) throw new NoteError('unverified')
  return checkpoint
}
