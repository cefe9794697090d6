import { randomBytes } from 'node:crypto'
import { HUB } from '../../src/actor.ts'
import type { Db } from '../../src/db.ts'
import type { Keys } from '../../src/keys.ts'
import { pseudonymOf } from '../../src/permits.ts'
import { makeLeaf, SECRET_BYTES, type Concern, type LeafEntry } from './leaf.ts'
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
  /** Last number of each agency concerned; null when none has one. */
  readonly heads: Readonly<Record<string, number>> | null
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

/** The next number of each agency that a staged entry concerns, counted on within the batch. */
const createNumbering = (keys: Keys) => {
  const last = new Map<string, number>()
  const nameFor = ({ subject, owner }: Staged, agency: string): string | null =>
    subject === null || owner === agency ? subject : pseudonymOf(keys, subject, agency)
  return (entry: Staged): Concern[] =>
    [...new Set(entry.concerned)].map((agency) => {
      const n = (last.get(agency) ?? entry.heads?.[agency] ?? 0) + 1
      last.set(agency, n)
      return { agency, n, subject: nameFor(entry, agency) }
    })
}

const appendAll = (tree: TileBuilder, staged: readonly Staged[], keys: Keys) => {
  const number = createNumbering(keys)
  const secrets = randomBytes(staged.length * SECRET_BYTES)
  return staged.map((entry, i) => {
    const secret = secrets.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES)
    const concerns = number(entry)
    const { leaf, hash } = makeLeaf(entry, concerns, secret)
    const position = tree.size
    tree.append(hash)
    return {
      position,
      seq: entry.seq,
      leaf,
      hash: base64(hash),
      secret: base64(secret),
      concerned: concerns.map(({ agency }) => agency),
      numbers: concerns.map(({ n }) => n),
      names: concerns.map(({ subject }) => subject),
    }
  })
}

/**
 * Writes the ledger. Keeps the right edge of the tree in memory, and reads it anew after any
 * failure: whether a failed commit took place is for the database to say.
 */
export const createSequencer = (db: Db, signer: NoteSigner, keys: Keys): Sequencer => {
  let known: TileBuilder | null = null

  const write = async (tree: TileBuilder, staged: readonly Staged[]): Promise<void> => {
    const entries = appendAll(tree, staged, keys)
    const tiles = tree.takeFull().map(({ level, index, hashes, root }) => ({
      level,
      index,
      hashes: base64(hashes),
      root: base64(root),
    }))
    const head = { size: tree.size, root: tree.root() }
    const note = signCheckpoint(head, signer)
    const checkpoint = { size: head.size, root: base64(head.root), note }
    await db.call('audit.place', [{ entries, tiles, checkpoint }])
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
