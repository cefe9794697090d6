/** Heads of a ledger and of an agency's feed in it: who signed them, and what follows from what. */
import { fromBase64, isEqual } from './bytes.ts'
import type { Bundle } from './bundle.ts'
import type { Sha256 } from './hash.ts'
import { rootOf, verifyConsistency } from './merkle.ts'
import {
  NoteError,
  openNote,
  parseCheckpoint,
  parseNote,
  type Checkpoint,
  type Verified,
} from './note.ts'
import type { Policy } from './policy.ts'
import type { Fault } from './verdict.ts'

export interface Opened {
  readonly checkpoint: Checkpoint
  readonly signed: readonly Verified[]
  readonly unknown: number
}

/** Reads a checkpoint that one of the policy's logs signed under its own name. */
export async function openHead(note: string, policy: Policy): Promise<Opened | Fault> {
  const verifiers = [...policy.logs, ...policy.witnesses.map(({ verifier }) => verifier)]
  try {
    const { text, verified, unknown } = await openNote(note, verifiers)
    const checkpoint = parseCheckpoint(text)
    const log = verified.find(({ verifier }) => policy.logs.includes(verifier))
    if (log === undefined) return 'checkpoint_not_signed'
    if (log.verifier.name !== checkpoint.origin) return 'checkpoint_of_other_log'
    return { checkpoint, signed: verified, unknown }
  } catch (error) {
    if (error instanceof NoteError) return 'checkpoint_not_signed'
    throw error
  }
}

export const hashesOf = (proof: readonly string[]): Uint8Array[] =>
  proof.map((text) => fromBase64(text) ?? new Uint8Array())

/** The size from which the ledger is proven to have grown, or what is wrong with its growth. */

/** What a bundle's own entries say, for comparing with heads. */
export interface Feed {
  readonly bundle: Bundle
  readonly head: Checkpoint
  /** Leaf hashes of the entries, in their order. */
  readonly hashes: readonly Uint8Array[]
  readonly sha256: Sha256
}

/** Name of an agency's own feed, which has a head of its own: a tree over the same leaves. */
export const feedOrigin = (origin: string, agency: string): string => `${origin}/feed/${agency}`

/** The head of the agency's feed, signed by the ledger; null when it is not. */
async function openFeedHead(
  note: string,
  { bundle, head }: Feed,
  policy: Policy,
): Promise<Checkpoint | null> {
  try {
    const logs = policy.logs.filter(({ name }) => name === head.origin)
    const { text, unknown } = await openNote(note, logs)
    const feed = parseCheckpoint(text)
    const isOwn = feed.origin === feedOrigin(head.origin, bundle.agency ?? '')
    return isOwn && unknown === 0 ? feed : null
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

/** Whether the first entries of a feed that is whole from its beginning are those of a head. */
const isFeedOf = async ({ hashes, sha256 }: Feed, { size, root }: Checkpoint): Promise<boolean> =>
  isEqual(await rootOf(hashes.slice(0, size), sha256), root)

/** Whether the head of the agency's feed is signed and is of these entries. */
export async function headFault(feed: Feed, policy: Policy): Promise<Fault | null> {
  const { head, numbers, agency } = feed.bundle
  if (numbers === null || agency === null) return head === null ? null : 'feed_differs_from_head'
  if (head === null) return 'head_missing'
  const signed = await openFeedHead(head, feed, policy)
  if (signed === null) return 'head_not_signed'
  if (signed.size !== numbers.to) return 'feed_differs_from_head'
  // A later part of a feed does not have the entries before it: its numbers alone speak for it.
  if (numbers.from !== 1) return null
  return (await isFeedOf(feed, signed)) ? null : 'feed_differs_from_head'
}

/** The size of a kept head of the feed that the entries continue, or what is wrong with them. */
async function feedSince(kept: string, feed: Feed, policy: Policy): Promise<Fault | number> {
  const old = await openFeedHead(kept, feed, policy)
  if (old === null) return 'head_not_signed'
  const { numbers } = feed.bundle
  if (numbers === null || numbers.from !== 1) return 'growth_not_proven'
  if (old.size > numbers.to) return 'rolled_back'
  return (await isFeedOf(feed, old)) ? old.size : 'forked'
}

const isFeedHead = (note: string): boolean => {
  try {
    return parseCheckpoint(parseNote(note).text).origin.includes('/feed/')
  } catch {
    return false
  }
}

/**
 * The size from which the ledger, or the agency's feed, is proven to have grown, or what is wrong with its
 * growth since a kept head.
 */
export async function growthSince(
  kept: string,
  feed: Feed,
  policy: Policy,
): Promise<Fault | number> {
  if (isFeedHead(kept)) return await feedSince(kept, feed, policy)
  const { bundle, head } = feed
  const old = await openHead(kept, policy)
  if (typeof old === 'string') return old
  const { size, root } = old.checkpoint
  if (old.checkpoint.origin !== head.origin) return 'checkpoint_of_other_log'
  if (size > head.size) return 'rolled_back'
  if (size === head.size) return isEqual(root, head.root) ? size : 'forked'
  if (size === 0) return size
  const earlier = bundle.earlier.find((each) => each.size === size)
  if (earlier === undefined) return 'growth_not_proven'
  const proof = hashesOf(earlier.proof)
  return (await verifyConsistency(size, head.size, root, head.root, proof)) ? size : 'forked'
}
