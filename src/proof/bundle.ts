/**
 * A bundle: everything that an agency needs to check its part of the audit trail offline, as one
 * canonical JSON text (RFC 8785) that is closed: a member more, less or of another form is no bundle.
 */
import canonicalize from 'canonicalize'

export const BUNDLE_FORMAT = 'titian-audit-bundle/1'

export interface BundleEntry {
  /** Place in the ledger, from 0. */
  readonly position: number
  /** What the ledger hashed, RFC 8785. */
  readonly leaf: string
  /** `[salt, name, value]`, RFC 8785; none when the entry's content was erased or is not for you. */
  readonly disclosures: readonly string[]
  /** Inclusion proof (RFC 6962) at the checkpoint's size, hashes in base64. */
  readonly proof: readonly string[]
}

export interface Bundle {
  readonly format: typeof BUNDLE_FORMAT
  /** Whose trail it is; null for oversight, which gets no disclosures. */
  readonly agency: string | null
  /** Claim: these numbers of the agency's feed are all there, both included. Null: a selection. */
  readonly numbers: { readonly from: number; readonly to: number } | null
  /** C2SP checkpoint with cosignatures. */
  readonly checkpoint: string
  /** The signed head of the agency's own feed; null for a selection. */
  readonly head: string | null
  /** Proofs that the ledger of `size` entries is the beginning of the checkpoint's (RFC 6962). */
  readonly earlier: readonly { readonly size: number; readonly proof: readonly string[] }[]
  readonly entries: readonly BundleEntry[]
}

/** The text is not a bundle. */
export class BundleError extends Error {}

const MAX_BYTES = 1_073_741_824

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const closed =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const names = Object.keys(value)
    return (
      names.length === Object.keys(members).length &&
      names.every((name) => members[name]?.((value as Record<string, unknown>)[name]) === true)
    )
  }

const isBundle = closed({
  format: (value) => value === BUNDLE_FORMAT,
  agency: orNull(isText),
  numbers: orNull(closed({ from: isCount, to: isCount })),
  checkpoint: isText,
  head: orNull(isText),
  earlier: list(closed({ size: isCount, proof: list(isText) })),
  entries: list(
    closed({ position: isCount, leaf: isText, disclosures: list(isText), proof: list(isText) }),
  ),
})

/** The one text of a bundle. */
export const formatBundle = (bundle: Bundle): string => `${canonicalize(bundle)}\n`

/** Reads a bundle's text. Throws BundleError unless it is exactly what `formatBundle` writes. */
export function parseBundle(text: string): Bundle {
  if (text.length > MAX_BYTES) throw new BundleError('the bundle is larger than 1 GiB')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new BundleError('the bundle is not JSON')
  }
  if (!isBundle(parsed)) throw new BundleError(`the bundle is not of the form ${BUNDLE_FORMAT}`)
  let canonical = ''
  try {
    canonical = formatBundle(parsed as Bundle)
  } catch {
    // A half surrogate: JSON can say it, the canonical form cannot.
  }
  if (canonical !== text) throw new BundleError('the bundle is not in canonical form (RFC 8785)')
  return parsed as Bundle
}
