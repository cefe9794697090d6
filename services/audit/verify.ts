/**
 * Checks what the hub says about its audit trail, with nothing but the hub's key: whoever runs this
 * need not trust the hub, and needs no network.
 */
import canonicalize from 'canonicalize'
import type { AuditItem, Consistency, Inclusion } from '../../src/contracts/audit.ts'
import { feedName, parseLeaf, subjectName, verifyDisclosure } from './leaf.ts'
import { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts'
import { NoteError, openCheckpoint, parseVerifierKey, type Checkpoint } from './note.ts'

/** Answers of the audit routes, as they came. */
export interface Bundle {
  /** GET /v1/audit/key, or better: the copy of it that the agency keeps. */
  readonly key: string
  /** GET /v1/audit/checkpoint */
  readonly checkpoint: string
  /** Whose trail it is; null for an oversight reviewer, who gets no disclosures. */
  readonly agency: string | null
  /** GET /v1/audit/entries, all pages. */
  readonly items: readonly AuditItem[]
  /** GET /v1/audit/inclusion of every item, at the checkpoint's size; any order. */
  readonly inclusions: readonly Inclusion[]
  /** Numbers that `items` MUST hold without a gap, both included: the trail was read unfiltered. */
  readonly numbers?: { readonly from: number; readonly to: number }
  /** An older checkpoint that the agency kept, and GET /v1/audit/consistency from it to the newest. */
  readonly earlier?: { readonly checkpoint: string; readonly consistency: Consistency }
}

export type Fault =
  | 'checkpoint_not_signed'
  | 'history_rewritten'
  | 'not_a_leaf'
  | 'not_in_ledger'
  | 'leaf_says_otherwise'
  | 'disclosure_not_in_leaf'
  | 'content_not_disclosed'
  | 'number_not_disclosed'
  | 'entry_missing'
  | 'entry_twice'

export interface Finding {
  readonly fault: Fault
  /** The position in the ledger, or for `entry_missing` the number in the feed. */
  readonly at: number | null
}

export interface Verdict {
  /** True when there is no finding. */
  readonly holds: boolean
  readonly findings: readonly Finding[]
  /** Entries in the ledger, as the checkpoint says; 0 when it is not signed. */
  readonly size: number
  /** Items whose content was erased: in the ledger, but nothing shows what they said. */
  readonly erased: number
}

const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64')

function openSigned(note: string, key: string): Checkpoint | null {
  try {
    return openCheckpoint(note, parseVerifierKey(key.trim()))
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

function isGrownFrom({ earlier, key }: Bundle, head: Checkpoint): boolean {
  if (earlier === undefined) return true
  const old = openSigned(earlier.checkpoint, key)
  if (old === null) return false
  if (old.size === 0) return true
  const { from, to, proof } = earlier.consistency
  return (
    from === old.size &&
    to === head.size &&
    verifyConsistency(from, to, old.root, head.root, proof.map(bytes))
  )
}

function isIncluded(item: AuditItem, inclusion: Inclusion | undefined, head: Checkpoint): boolean {
  return (
    inclusion !== undefined &&
    inclusion.size === head.size &&
    verifyInclusion(
      item.position,
      head.size,
      leafHash(item.leaf),
      inclusion.proof.map(bytes),
      head.root,
    )
  )
}

/** What the disclosures open; null when one of them does not belong to the leaf. */
function openAll(item: AuditItem): Map<string, unknown> | null {
  const opened = item.disclosures.map((disclosure) => verifyDisclosure(item.leaf, disclosure))
  const values = new Map<string, unknown>()
  for (const each of opened) {
    if (each === null) return null
    values.set(each.name, each.value)
  }
  return values
}

const isNothing = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)

/** Whether everything that the content says was disclosed with that value. */
function isDisclosed(
  content: NonNullable<AuditItem['content']>,
  opened: Map<string, unknown>,
  agency: string | null,
) {
  const names: Record<string, string> = { id: 'entry', subject: subjectName(agency ?? '') }
  return Object.entries(content).every(([member, value]) => {
    const disclosed = opened.get(names[member] ?? member)
    return isNothing(value) || canonicalize(value) === canonicalize(disclosed)
  })
}

function faultOf(
  item: AuditItem,
  inclusion: Inclusion | undefined,
  head: Checkpoint,
  agency: string | null,
): Fault | null {
  const leaf = parseLeaf(item.leaf)
  if (leaf === null) return 'not_a_leaf'
  if (!isIncluded(item, inclusion, head)) return 'not_in_ledger'
  if (leaf.t !== item.at || leaf.typ !== item.type || leaf.res !== item.outcome) {
    return 'leaf_says_otherwise'
  }
  const opened = openAll(item)
  if (opened === null) return 'disclosure_not_in_leaf'
  if (item.content === null) return null
  if (!isDisclosed(item.content, opened, agency)) return 'content_not_disclosed'
  const isNumbered = agency === null || opened.get(feedName(agency)) === item.n
  return isNumbered ? null : 'number_not_disclosed'
}

/** Numbers that are missing between the first and the last, and positions that come twice. */
function gapsOf({ items, numbers }: Bundle): Finding[] {
  const findings: Finding[] = []
  const positions = new Set<number>()
  for (const { position } of items) {
    if (positions.has(position)) findings.push({ fault: 'entry_twice', at: position })
    positions.add(position)
  }
  const found = new Set(items.map(({ n }) => n))
  for (let n = numbers?.from ?? 1; n <= (numbers?.to ?? 0); n++) {
    if (!found.has(n)) findings.push({ fault: 'entry_missing', at: n })
  }
  return findings
}

/**
 * Whether every entry of the bundle is in the ledger under a signed checkpoint, says what it is said
 * to say, and none of the agency's is missing. Pure; never throws for what the hub answered.
 */
export function verifyBundle(bundle: Bundle): Verdict {
  const { items, agency } = bundle
  const erased = items.filter(({ content }) => content === null).length
  const head = openSigned(bundle.checkpoint, bundle.key)
  if (head === null) {
    const findings = [{ fault: 'checkpoint_not_signed', at: null }] as const
    return { holds: false, findings, size: 0, erased }
  }
  const findings: Finding[] = []
  if (!isGrownFrom(bundle, head)) findings.push({ fault: 'history_rewritten', at: null })
  const inclusions = new Map(bundle.inclusions.map((each) => [each.position, each]))
  for (const item of items) {
    const fault = faultOf(item, inclusions.get(item.position), head, agency)
    if (fault !== null) findings.push({ fault, at: item.position })
  }
  findings.push(...gapsOf(bundle))
  return { holds: findings.length === 0, findings, size: head.size, erased }
}
