import type { Db } from '../../src/db.ts'
import { formatCheckpoint } from '../../src/proof/note.ts'
import { feedOrigin } from '../../src/proof/heads.ts'
import { foldRoots, HASH_BYTES } from './merkle.ts'
import { signNote, type NoteSigner } from './note.ts'

/** How old the last signed head of a feed that has grown may become: a day. */
const SIGN_EVERY_MS = 86_400_000
const MOST_AT_ONCE = 100

/** The root over a feed's leaves, from the roots of its complete subtrees end to end. */
export const feedRoot = (roots: Uint8Array): Uint8Array =>
  foldRoots(
    Array.from({ length: roots.length / HASH_BYTES }, (_, i) =>
      roots.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    ),
  )

/**
 * The head of one agency's own feed: a checkpoint over the leaves that concern it, in their order.
 * Whoever keeps it sees later whether an entry was left out, even from an otherwise valid ledger.
 */
export const signFeedHead = (
  signer: NoteSigner,
  agency: string,
  n: number,
  root: Uint8Array,
): string =>
  signNote(formatCheckpoint({ origin: feedOrigin(signer.name, agency), size: n, root }), [signer])

interface Unsigned {
  readonly agency: string
  readonly n: string
  readonly roots: Buffer
}

/** Signs the heads that are due and keeps them; tells how many. */
export const signDueHeads = async (db: Db, signer: NoteSigner): Promise<number> => {
  const due = await db.call<Unsigned>('audit.unsigned_feeds', [
    { age_ms: SIGN_EVERY_MS, limit: MOST_AT_ONCE },
  ])
  if (due.length === 0) return 0
  await db.call(
    'audit.keep_feed_checkpoints',
    due.map(({ agency, n, roots }, i) => ({
      i,
      agency,
      n: Number(n),
      note: signFeedHead(signer, agency, Number(n), feedRoot(roots)),
    })),
  )
  return due.length
}
