/**
 * Checks what the hub says about its audit trail, with nothing but a policy file: whoever runs this
 * need not trust the hub, and needs no network. Runs in browsers and in Node.js.
 */
import type { Bundle, BundleEntry } from './bundle.ts'
import { hashLeaf, webSha256, type Sha256 } from './hash.ts'
import { growthSince, hashesOf, headFault, openHead } from './heads.ts'
import { feedName, parseLeaf, verifyDisclosure } from './leaf.ts'
import { rememberJoins, verifyInclusion, type Join } from './merkle.ts'
import type { Checkpoint } from './note.ts'
import { isQuorum, type Policy } from './policy.ts'
import type { Fault, Finding, Verdict, VerifiedEntry, VerifyOptions } from './verdict.ts'

const CLOCK_TOLERANCE_S = 300
const NO_ORIGIN = ''

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
  const feed = { bundle, head, hashes, sha256 }
  whole(await headFault(feed, policy))
  const grownFrom: number[] = []
  for (const each of kept) {
    const grown = await growthSince(each, feed, policy)
    if (typeof grown === 'string') whole(grown)
    else grownFrom.push(grown)
  }
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
