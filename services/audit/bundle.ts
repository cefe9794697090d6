import { sql } from 'drizzle-orm'
import { MAX_BUNDLE_ENTRIES, type BundleQuery } from '../../src/contracts/audit.ts'
import type { Tx } from '../../src/db.ts'
import { Problem } from '../../src/problem.ts'
import { BUNDLE_FORMAT, type Bundle, type BundleEntry } from '../../src/proof/bundle.ts'
import { feedRoot, signFeedHead } from './feed-head.ts'
import { CompactRange, consistencyRanges, hashRanges, inclusionRanges } from './merkle.ts'
import type { NoteSigner } from './note.ts'
import { disclosuresOf, filtersOf, selectOwn, subjectOf, type TrailRow } from './trail.ts'
import { nodesOf, readHead, readWitnessedHead } from './tree.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

interface FeedEnd {
  readonly n: number
  readonly roots: Buffer
}

const readFeedEnd = async (tx: Tx, agency: string): Promise<FeedEnd> => {
  const [row] = await tx.execute<{ n: string; roots: Buffer }>(
    sql`select n, roots from audit.feed_head where agency = ${agency}`,
  )
  return row === undefined ? { n: 0, roots: Buffer.alloc(0) } : { ...row, n: Number(row.n) }
}

const PAGE_LENGTH = 10_000

/** The root over the first `size` leaves of a feed: from its end, or from the leaves when it grew. */
const rootAt = async (tx: Tx, agency: string, size: number, end: FeedEnd): Promise<Uint8Array> => {
  if (size === end.n) return feedRoot(end.roots)
  const range = new CompactRange()
  while (range.size < size) {
    const rows = await tx.execute<{ hash: Buffer }>(sql`
      select l.hash from audit.feed f join audit.leaf l using (position)
       where f.agency = ${agency} and f.n > ${range.size} and f.n <= ${size}
       order by f.n limit ${PAGE_LENGTH}`)
    for (const { hash } of rows) range.append(hash)
  }
  return range.root()
}

/** The proofs of all entries at once: each tile is read once. */
const proveAll = async (
  tx: Tx,
  rows: readonly TrailRow[],
  size: number,
  agency: string,
): Promise<BundleEntry[]> => {
  const paths = rows.map(({ position }) => inclusionRanges(Number(position), size))
  const hashes = rows.length === 0 ? [] : await hashRanges(paths.flat(), nodesOf(tx, size))
  let at = 0
  return rows.map((row, i) => ({
    position: Number(row.position),
    leaf: row.leaf,
    disclosures: disclosuresOf(row, agency),
    proof: hashes.slice(at, (at += paths[i]?.length ?? 0)).map(base64),
  }))
}

const proveGrowth = async (
  tx: Tx,
  since: readonly number[],
  size: number,
): Promise<Bundle['earlier']> => {
  if (since.some((from) => from > size)) throw new Problem('outside_ledger', { params: { size } })
  const earlier: { size: number; proof: string[] }[] = []
  for (const from of since) {
    const proof = await hashRanges(consistencyRanges(from, size), nodesOf(tx, size))
    earlier.push({ size: from, proof: proof.map(base64) })
  }
  return earlier
}

export interface Built {
  readonly bundle: Bundle
  /** The case that was asked for; null when none was, or none that the agency knows. */
  readonly subject: string | null
}

/**
 * A bundle of an agency's own entries: a stretch of its feed, which claims to be whole, or what one
 * case or object was about. @throws Problem bundle_too_large, outside_ledger
 */
export const buildBundle = async (
  tx: Tx,
  signer: NoteSigner,
  agency: string,
  query: BundleQuery,
): Promise<Built> => {
  const { from: first, to: last, since, ...filters } = query
  const isSelection = (query.case ?? query.object) !== undefined
  // The feed's end first, the checkpoint last: what grows meanwhile cannot come between them.
  const end = await readFeedEnd(tx, agency)
  const from = first ?? 1
  // Entries that witnesses have not seen yet wait for the next bundle, unless they are asked for.
  const witnessed = last === undefined ? await readWitnessedHead(tx) : null
  const subject = query.case === undefined ? null : await subjectOf(tx, agency, query.case)
  const narrowed = isSelection ? filtersOf(filters, subject) : sql`true`
  const rows = await selectOwn(tx, agency, {
    where: sql`f.n >= ${from} and f.n <= ${Math.min(last ?? end.n, end.n)}
      and f.position < ${witnessed?.size ?? Number.MAX_SAFE_INTEGER} and ${narrowed}`,
    limit: MAX_BUNDLE_ENTRIES + 1,
    order: sql`f.n`,
  })
  if (rows.length > MAX_BUNDLE_ENTRIES) {
    throw new Problem('bundle_too_large', { params: { most: MAX_BUNDLE_ENTRIES } })
  }
  const to = Number(rows.at(-1)?.n ?? 0)
  const isWhole = !isSelection && rows.length > 0
  const head = isWhole ? signFeedHead(signer, agency, to, await rootAt(tx, agency, to, end)) : null
  const checkpoint = witnessed ?? (await readHead(tx))
  if (checkpoint === null) throw new Problem('unavailable')
  const bundle: Bundle = {
    format: BUNDLE_FORMAT,
    agency,
    numbers: isWhole ? { from, to } : null,
    checkpoint: checkpoint.note,
    head,
    earlier: await proveGrowth(tx, since ?? [], checkpoint.size),
    entries: await proveAll(tx, rows, checkpoint.size, agency),
  }
  return { bundle, subject }
}
