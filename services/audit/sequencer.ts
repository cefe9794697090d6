import { randomBytes } from 'node:crypto'
import { HUB } from '../../src/actor.ts'
import type { Db } from '../../src/db.ts'
import type { Keys } from '../../src/keys.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { makeLeaf, SECRET_BYTES, type Concern, type LeafEntry } from './leaf.ts'
import { CompactRange, HASH_BYTES } from './merkle.ts'
import { signCheckpoint, type NoteSigner } from './note.ts'
import { TileBuilder } from './tiles.ts'
import { readHead, tilesOf } from './tree.ts'

/** Most entries placed in one transaction. */
export const BATCH_LENGTH = 500

interface Staged extends LeafEntry {
  readonly seq: string
  readonly concerned: readonly string[]
  /** Who owns the case that the entry is about; null without a case, or when it is not there. */
  readonly owner: string | null
  /** The feed of each agency concerned as it stands; null when none has begun. */
  readonly heads: Readonly<Record<string, FeedHead>> | null
}

interface FeedHead {
  /** Last number. */
  readonly n: number
  /** Roots of the complete subtrees over the leaves of the feed, in base64 end to end. */
  readonly roots: string
}

export interface Sequencer {
  /**
   * Gives the lowest entries of the journal their place, at most one batch in one transaction.
   * Tells how many; rejects when the database refuses, after which nothing of the batch is placed.
   */
  place(): Promise<number>
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

const rangeOf = ({ n, roots }: FeedHead): CompactRange => {
  const bytes = Buffer.from(roots, 'base64')
  const count = bytes.length / HASH_BYTES
  return new CompactRange(
    n,
    Array.from({ length: count }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
  )
}

/** The feeds that a batch adds to: the next number, and the tree over each feed's own leaves. */
const createFeeds = (keys: Keys) => {
  const feeds = new Map<string, CompactRange>()
  const feedOf = (entry: Staged, agency: string): CompactRange => {
    const known = feeds.get(agency) ?? rangeOf(entry.heads?.[agency] ?? { n: 0, roots: '' })
    feeds.set(agency, known)
    return known
  }
  const nameFor = ({ subject, owner }: Staged, agency: string): string | null =>
    subject === null || owner === agency ? subject : pseudonymOf(keys, subject, agency)
  return {
    concerns: (entry: Staged): Concern[] =>
      [...new Set(entry.concerned)].map((agency) => ({
        agency,
        n: feedOf(entry, agency).size + 1,
        subject: nameFor(entry, agency),
      })),
    append: (entry: Staged, hash: Uint8Array): void => {
      for (const agency of new Set(entry.concerned)) feedOf(entry, agency).append(hash)
    },
    heads: () =>
      [...feeds].map(([agency, range]) => ({
        agency,
        n: range.size,
        roots: base64(Buffer.concat(range.roots)),
      })),
  }
}

const appendAll = (tree: TileBuilder, staged: readonly Staged[], keys: Keys) => {
  const feeds = createFeeds(keys)
  const random = randomBytes(2 * staged.length * SECRET_BYTES)
  const secretAt = (i: number) => random.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES)
  const entries = staged.map((entry, i) => {
    const secrets = { content: secretAt(2 * i), numbers: secretAt(2 * i + 1) }
    const concerns = feeds.concerns(entry)
    const { leaf, hash } = makeLeaf(entry, concerns, secrets)
    const position = tree.size
    tree.append(hash)
    feeds.append(entry, hash)
    return {
      position,
      seq: entry.seq,
      leaf,
      hash: base64(hash),
      secret: base64(secrets.content),
      number_secret: base64(secrets.numbers),
      concerned: concerns.map(({ agency }) => agency),
      numbers: concerns.map(({ n }) => n),
      names: concerns.map(({ subject }) => subject),
    }
  })
  return { entries, feeds: feeds.heads() }
}

/**
 * Writes the ledger. Keeps the right edge of the tree in memory, and reads it anew after any
 * failure: whether a failed commit took place is for the database to say.
 */
export const createSequencer = (db: Db, signer: NoteSigner, keys: Keys): Sequencer => {
  let known: TileBuilder | null = null

  const write = async (tree: TileBuilder, staged: readonly Staged[]): Promise<void> => {
    const placed = appendAll(tree, staged, keys)
    const tiles = tree.takeFull().map(({ level, index, hashes, root }) => ({
      level,
      index,
      hashes: base64(hashes),
      root: base64(root),
    }))
    const head = { size: tree.size, root: tree.root() }
    const note = signCheckpoint(head, signer)
    const checkpoint = { size: head.size, root: base64(head.root), note }
    await db.call('audit.place', [{ ...placed, tiles, checkpoint }])
  }

  const load = async (): Promise<TileBuilder> => {
    const tree = await db.withActor(HUB, async (tx) => {
      const head = await readHead(tx)
      return head === null ? null : await TileBuilder.load(head.size, tilesOf(tx))
    })
    if (tree !== null) return tree
    const empty = new TileBuilder()
    await write(empty, [])
    return empty
  }

  return {
    place: async () => {
      const tree = known ?? (await load())
      known = null
      const staged = await db.call<Staged>('audit.staged', [{ limit: BATCH_LENGTH }])
      if (staged.length > 0) await write(tree, staged)
      known = tree
      return staged.length
    },
  }
}
