/** The call `add-checkpoint` of C2SP tlog-witness, without its transport. */
import { cosign, type NoteSigner } from '../../services/audit/note.ts'
import { fromBase64, isEqual } from '../../src/proof/bytes.ts'
import { verifyConsistency } from '../../src/proof/merkle.ts'
import {
  isText,
  NoteError,
  openNote,
  parseCheckpoint,
  type Checkpoint,
  type NoteVerifier,
} from '../../src/proof/note.ts'
import type { WitnessState } from './state.ts'

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly type: 'text/plain' | 'text/x.tlog.size'
  readonly body: string
}

export interface WitnessOptions {
  readonly signer: NoteSigner
  readonly logs: readonly NoteVerifier[]
  readonly state: WitnessState
  /** Seconds since 1970. */
  readonly now: () => number
}

const MAX_PROOF_LINES = 63

const say = (status: WitnessAnswer['status'], text: string): WitnessAnswer => ({
  status,
  type: 'text/plain',
  body: `${text}\n`,
})

const sizeOf = (size: number): WitnessAnswer => ({
  status: 409,
  type: 'text/x.tlog.size',
  body: `${size}\n`,
})

interface Asked {
  readonly old: number
  readonly proof: readonly Uint8Array[]
  readonly note: string
  readonly text: string
  readonly checkpoint: Checkpoint
}

/** Null when the body is not what C2SP says. */
const parseBody = (body: string): Asked | null => {
  const end = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(end, 0)).split('\n')
  const [, size] = /^old (0|[1-9][0-9]*)$/.exec(first) ?? []
  const proof = lines.map(fromBase64)
  const isProof = proof.every((hash) => hash?.length === 32) && proof.length <= MAX_PROOF_LINES
  if (end < 0 || !isProof || size === undefined || !Number.isSafeInteger(Number(size))) return null
  const note = body.slice(end + 2)
  // The text alone must be readable: a signature of a wrong form is a signature that does not hold.
  const middle = note.lastIndexOf('\n\n')
  const text = note.slice(0, middle + 1)
  if (middle < 0 || !isText(text)) return null
  try {
    const checkpoint = parseCheckpoint(text)
    return { old: Number(size), proof: proof as Uint8Array[], note, text, checkpoint }
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

const isOf = async (asked: Asked, log: NoteVerifier): Promise<boolean> => {
  try {
    return (await openNote(asked.note, [log])).verified.length > 0
  } catch (error) {
    if (error instanceof NoteError) return false
    throw error
  }
}

/** Whether the new head continues the one that was cosigned last. */
const isGrown = async (asked: Asked, last: Checkpoint | null): Promise<boolean> => {
  const { old, proof, checkpoint } = asked
  if (last === null || old === 0) return proof.length === 0
  return await verifyConsistency(old, checkpoint.size, last.root, checkpoint.root, proof)
}

const decide = async (asked: Asked, options: WitnessOptions): Promise<WitnessAnswer> => {
  const { checkpoint, old } = asked
  const { state, signer } = options
  const last = await state.last(checkpoint.origin)
  if (old !== (last?.size ?? 0)) return sizeOf(last?.size ?? 0)
  if (last !== null && checkpoint.size === last.size && !isEqual(checkpoint.root, last.root)) {
    return sizeOf(last.size)
  }
  if (!(await isGrown(asked, last))) return say(422, 'the consistency proof does not hold')
  const line = cosign(asked.text, signer, options.now())
  await state.keep(checkpoint, asked.note, line)
  return { status: 200, type: 'text/plain', body: line }
}

/**
 * Answers one request. MUST NOT run twice at once for one log: the head is compared, then kept.
 * It is kept, durably, before the cosignature is given.
 */
export const addCheckpoint = async (
  body: string,
  options: WitnessOptions,
): Promise<WitnessAnswer> => {
  const asked = parseBody(body)
  if (asked === null) return say(400, 'invalid input: not an add-checkpoint request')
  const { checkpoint, old } = asked
  const logs = options.logs.filter(({ name }) => name === checkpoint.origin)
  if (logs.length === 0) return say(404, 'unknown log')
  const signed = await Promise.all(logs.map((log) => isOf(asked, log)))
  if (!signed.includes(true)) return say(403, 'invalid signature')
  if (old > checkpoint.size) return say(400, 'invalid input: old is larger than the checkpoint')
  return await decide(asked, options)
}
