/**
 * Checks what the hub says about its audit trail, with nothing but a policy file: whoever runs this
 * need not trust the hub, and needs no network. Runs in browsers and in Node.js.
 */
import { fromBase64, isEqual } from './bytes.ts'
import { type Bundle, type BundleEntry } from './bundle.ts'
import { hashLeaf, webSha256, type Sha256 } from './hash.ts'
import { feedName, parseLeaf, verifyDisclosure, type Leaf } from './leaf.ts'
import { rememberJoins, rootOf, verifyConsistency, verifyInclusion, type Join } from './merkle.ts'
import { NoteError, openNote, parseCheckpoint, type Checkpoint, type Verified } from './note.ts'
import { isQuorum, type Policy } from './policy.ts'

export type Fault =
  | 'checkpoint_not_signed'
  | 'checkpoint_of_other_log'
  | 'quorum_missing'
  | 'cosigned_in_future'
  | 'rolled_back'
  | 'forked'
  | 'growth_not_proven'
  | 'not_a_leaf'
  | 'not_in_ledger'
  | 'disclosure_not_in_leaf'
  | 'disclosure_twice'
  | 'number_not_disclosed'
  | 'foreign_number'
  | 'entry_missing'
  | 'entry_twice'
  | 'entry_not_claimed'
  | 'out_of_order'
  | 'head_not_signed'
  | 'head_missing'
  | 'feed_differs_from_head'

export interface Finding {
  readonly fault: Fault
  /** The position in the ledger, or for `entry_missing` the number in the feed; null for the whole. */
  readonly at: number | null
}

/** One entry that holds, and what was opened of it. */
export interface VerifiedEntry {
  readonly position: number
  /** Number in the agency's feed; null when it is not disclosed. */
  readonly n: number | null
  readonly leaf: Leaf
  /** Names and values of the disclosures; empty when the content was erased. */
  readonly opened: ReadonlyMap<string, unknown>
}

export interface Cosigner {
  readonly name: string
  /** When it cosigned, in seconds since 1970; null when it has not cosigned this checkpoint. */
  readonly at: number | null
}

export interface Verdict {
  /** True when there is no finding. */
  readonly holds: boolean
  readonly findings: readonly Finding[]
  readonly agency: string | null
  readonly origin: string
  /** Entries in the ledger, as the checkpoint says; 0 when it is not signed. */
  readonly size: number
  /** Every witness of the policy. */
  readonly witnesses: readonly Cosigner[]
  /** Signatures by keys that the policy does not name: they prove nothing to you. */
  readonly unknownSignatures: number
  readonly numbers: Bundle['numbers']
  /** Sizes of the kept checkpoints that the ledger was proven to continue. */
  readonly grownFrom: readonly number[]
  readonly entries: readonly VerifiedEntry[]
  /** Entries whose content was erased: they are in the ledger, and nothing shows what they said. */
  readonly erased: number
}

export interface VerifyOptions {
  /**
   * Checkpoints that you kept from before, or that witnesses hold: they show a ledger that was
   * rolled back, or that tells somebody else another history.
   */
  readonly kept?: readonly string[]
  readonly sha256?: Sha256
  /** Milliseconds since 1970; a cosignature from after it is a fault. */
  readonly now?: number
}

const CLOCK_TOLERANCE_S = 300
const NO_ORIGIN = ''

interface Opened {
  readonly checkpoint: Checkpoint
  readonly signed: readonly Verified[]
  readonly unknown: number
}

/** Reads a checkpoint that one of the policy's logs signed under its own name. */
async function openHead(note: string, policy: Policy): Promise<Opened | Fault> {
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

const hashesOf = (proof: readonly string[]): Uint8Array[] =>
  proof.map((text) => fromBase64(text) ?? new Uint8Array())

/** The size from which the ledger is proven to have grown, or what is wrong with its growth. */
async function growthSince(
  kept: string,
  bundle: Bundle,
  head: Checkpoint,
  policy: Policy,
): Promise<Fault | number> {
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

interface Checking {
  readonly head: Checkpoint
  readonly agency: string | null
  readonly sha256: Sha256
  readonly join: Join
}

/** An entry that holds, with its leaf hash, or what is wrong with it. */
async function checkEntry(
  { position, leaf: text, disclosures, proof }: BundleEntry,
  { head, agency, sha256, join }: Checking,
): Promise<(VerifiedEntry & { hash: Uint8Array }) | Fault> {
  const leaf = parseLeaf(text)
  if (leaf === null) return 'not_a_leaf'
  const hash = await hashLeaf(sha256, text)
  const hashes = hashesOf(proof)
  if (!(await verifyInclusion(position, head.size, hash, hashes, head.root, join))) {
    return 'not_in_ledger'
  }
  const opened = new Map<string, unknown>()
  for (const disclosure of disclosures) {
    const found = await verifyDisclosure(leaf, disclosure, sha256)
    if (found === null) return 'disclosure_not_in_leaf'
    if (opened.has(found.name)) return 'disclosure_twice'
    opened.set(found.name, found.value)
  }
  const own = agency === null ? null : feedName(agency)
  if ([...opened.keys()].some((name) => name.startsWith('aseq.') && name !== own)) {
    return 'foreign_number'
  }
  const n = own === null ? undefined : opened.get(own)
  if (own !== null && !Number.isSafeInteger(n)) return 'number_not_disclosed'
  return { position, n: (n as number | undefined) ?? null, leaf, opened, hash }
}

/** Numbers that are missing, come twice or were not claimed, and entries out of their order. */
function orderFindings(entries: readonly VerifiedEntry[], numbers: Bundle['numbers']): Finding[] {
  const findings: Finding[] = []
  const found = new Set<number>()
  let last: VerifiedEntry | null = null
  for (const entry of entries) {
    const { position, n } = entry
    if (last !== null && position === last.position) {
      findings.push({ fault: 'entry_twice', at: position })
    } else if (last !== null && (position < last.position || (n ?? 0) < (last.n ?? 0))) {
      findings.push({ fault: 'out_of_order', at: position })
    }
    if (n !== null && found.has(n)) findings.push({ fault: 'entry_twice', at: position })
    if (n !== null) found.add(n)
    if (n !== null && numbers !== null && (n < numbers.from || n > numbers.to)) {
      findings.push({ fault: 'entry_not_claimed', at: position })
    }
    last = entry
  }
  for (let n = numbers?.from ?? 1; n <= (numbers?.to ?? 0); n++) {
    if (!found.has(n)) findings.push({ fault: 'entry_missing', at: n })
    if (findings.length > MAX_FINDINGS) break
  }
  return findings
}

const MAX_FINDINGS = 1_000

/** Name of an agency's own feed, which has a head of its own: a tree over the same leaves. */
export const feedOrigin = (origin: string, agency: string): string => `${origin}/feed/${agency}`

/** Whether the head of the agency's feed is signed and is of these entries. */
async function headFault(
  bundle: Bundle,
  origin: string,
  hashes: readonly Uint8Array[],
  policy: Policy,
  sha256: Sha256,
): Promise<Fault | null> {
  const { head, numbers, agency } = bundle
  if (numbers === null || agency === null) return head === null ? null : 'feed_differs_from_head'
  if (head === null) return 'head_missing'
  const logs = policy.logs.filter(({ name }) => name === origin)
  const opened = await openNote(head, logs).catch((error: unknown) => {
    if (error instanceof NoteError) return null
    throw error
  })
  if (opened === null || opened.unknown > 0) return 'head_not_signed'
  let feed: Checkpoint
  try {
    feed = parseCheckpoint(opened.text)
  } catch {
    return 'head_not_signed'
  }
  if (feed.origin !== feedOrigin(origin, agency)) return 'head_not_signed'
  if (feed.size !== numbers.to) return 'feed_differs_from_head'
  // A later part of a feed does not have the entries before it: its numbers alone speak for it.
  if (numbers.from !== 1) return null
  return isEqual(await rootOf(hashes, sha256), feed.root) ? null : 'feed_differs_from_head'
}

const nothing = (bundle: Bundle, fault: Fault): Verdict => ({
  holds: false,
  findings: [{ fault, at: null }],
  agency: bundle.agency,
  origin: NO_ORIGIN,
  size: 0,
  witnesses: [],
  unknownSignatures: 0,
  numbers: bundle.numbers,
  grownFrom: [],
  entries: [],
  erased: 0,
})

/**
 * Whether every entry of the bundle is in the ledger under a checkpoint that the policy believes,
 * opens to what is said, and none of the agency's is missing. Never rejects for what a hub answered.
 */
export async function verifyBundle(
  bundle: Bundle,
  policy: Policy,
  { kept = [], sha256 = webSha256, now = Date.now() }: VerifyOptions = {},
): Promise<Verdict> {
  const opened = await openHead(bundle.checkpoint, policy)
  if (typeof opened === 'string') return nothing(bundle, opened)
  const { checkpoint: head, signed, unknown } = opened
  const findings: Finding[] = []
  const whole = (fault: Fault | null): void => {
    if (fault !== null) findings.push({ fault, at: null })
  }
  const witnesses = policy.witnesses.map(({ name, verifier }) => ({
    name,
    at: signed.find((each) => each.verifier === verifier)?.at ?? null,
  }))
  const latest = now / 1000 + CLOCK_TOLERANCE_S
  if (witnesses.some(({ at }) => at !== null && at > latest)) whole('cosigned_in_future')
  const cosigners = new Set(witnesses.filter(({ at }) => at !== null).map(({ name }) => name))
  if (!isQuorum(policy, cosigners)) whole('quorum_missing')
  const grownFrom: number[] = []
  for (const each of kept) {
    const grown = await growthSince(each, bundle, head, policy)
    if (typeof grown === 'string') whole(grown)
    else grownFrom.push(grown)
  }

  const { agency, numbers } = bundle
  const checking = { head, agency, sha256, join: rememberJoins(sha256) }
  const entries: VerifiedEntry[] = []
  const hashes: Uint8Array[] = []
  for (const entry of bundle.entries) {
    const checked = await checkEntry(entry, checking)
    if (typeof checked === 'string') findings.push({ fault: checked, at: entry.position })
    else {
      const { hash, ...verified } = checked
      entries.push(verified)
      hashes.push(hash)
    }
  }
  findings.push(...orderFindings(entries, numbers))
  whole(await headFault(bundle, head.origin, hashes, policy, sha256))
  return {
    holds: findings.length === 0,
    findings,
    agency,
    origin: head.origin,
    size: head.size,
    witnesses,
    unknownSignatures: unknown,
    numbers,
    grownFrom,
    entries,
    erased: entries.filter(({ opened }) => agency !== null && !opened.has('entry')).length,
  }
}
