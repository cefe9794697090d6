/** What checking a bundle comes to. */
import type { Bundle } from './bundle.ts'
import type { Leaf } from './leaf.ts'
import type { Sha256 } from './hash.ts'

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
