/** Signs notes, checkpoints and cosignatures of C2SP; reading them is `src/proof/note.ts`. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  sign,
  type KeyObject,
} from 'node:crypto'
import {
  COSIGNATURE,
  cosigned,
  ED25519,
  formatCheckpoint,
  formatNote,
  formatSignature,
  ID_BYTES,
  isName,
  isText,
  KEY_BYTES,
  NoteError,
  parseKey,
  type Checkpoint,
} from '../../src/proof/note.ts'

export interface NoteSigner {
  readonly name: string
  /** Four bytes in lower-case hex. */
  readonly id: string
  readonly type: number
  /** Private. */
  readonly key: KeyObject
  /** The text that verifies what it signs. */
  readonly vkey: string
}

const PRIVATE_PREFIX = 'PRIVATE+KEY+'
/** What RFC 8410 puts before the 32 bytes of a private key. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

const typed = (type: number, key: Uint8Array): Buffer => Buffer.concat([Buffer.from([type]), key])

const formatKey = (name: string, id: string, type: number, key: Uint8Array): string =>
  `${name}+${id}+${typed(type, key).toString('base64')}`

const idOf = (name: string, type: number, key: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed(type, key)])).slice(0, 2 * ID_BYTES)

/** Reads a signer key. Throws NoteError, also when the id is not that of its public half. */
export function parseSignerKey(skey: string): NoteSigner {
  if (!skey.startsWith(PRIVATE_PREFIX)) throw new NoteError('malformed_key')
  const { name, id, type, key: seed } = parseKey(skey.slice(PRIVATE_PREFIX.length))
  const signer = signerFromSeed(name, seed, type)
  if (signer.id !== id) throw new NoteError('malformed_key')
  return signer
}

/** A signer from an Ed25519 seed, which MUST be 32 bytes. Throws NoteError for a bad name. */
export function signerFromSeed(name: string, seed: Uint8Array, type = ED25519): NoteSigner {
  const der = Buffer.concat([PKCS8_HEAD, seed])
  return noteSigner(name, createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }), type)
}

function noteSigner(name: string, key: KeyObject, type: number): NoteSigner {
  if (!isName(name)) throw new NoteError('malformed_key')
  const raw = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES)
  const id = idOf(name, type, raw)
  return { name, id, type, key, vkey: formatKey(name, id, type, raw) }
}

/** The signer key as text. It is a secret. */
export function formatSignerKey({ name, id, type, key }: NoteSigner): string {
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(-KEY_BYTES)
  return PRIVATE_PREFIX + formatKey(name, id, type, seed)
}

/** A new signer: of notes, or with `COSIGNATURE` of cosignatures. Throws NoteError for a bad name. */
export const generateSigner = (name: string, type = ED25519): NoteSigner =>
  noteSigner(name, generateKeyPairSync('ed25519').privateKey, type)

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

/** A checkpoint signed under its own origin's name. */
export const signCheckpoint = (head: Omit<Checkpoint, 'origin'>, signer: NoteSigner): string =>
  signNote(formatCheckpoint({ origin: signer.name, ...head }), [signer])

/** A witness's signature line over a checkpoint's text; the signer MUST be of cosignatures. */
export function cosign(text: string, signer: NoteSigner, seconds: number): string {
  if (signer.type !== COSIGNATURE) throw new NoteError('malformed_key')
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(seconds))
  const signature = sign(null, Buffer.from(cosigned(text, seconds)), signer.key)
  return formatSignature({
    name: signer.name,
    id: signer.id,
    signature: Buffer.concat([time, signature]),
  })
}
