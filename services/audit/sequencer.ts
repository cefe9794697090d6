import { randomBytes } from 'node:crypto'
import { HUB } from '../../src/actor.ts'
import type { Db } from '../../src/db.ts'
import { makeLeaf, SECRET_BYTES, type LeafEntry } from './leaf.ts'
import { signCheckpoint, type NoteSigner } from './note.ts'
import { TileBuilder } from './tiles.ts'
import { readHead, tilesOf } from './tree.ts'

/** Most entries placed in one transaction. */
export const BATCH_LENGTH = 500

interface Staged extends LeafEntry {
  readonly seq: string
  readonly concerned: readonly string[]
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
const createNumbering = () => {
  const last = new Map<string, number>()
  return ({ concerned, heads }: Staged): (readonly [agency: string, n: number])[] =>
    [...new Set(concerned)].map((agency) => {
      const n = (last.get(agency) ?? heads?.[agency] ?? 0) + 1
      last.set(agency, n)
      return [agency, n] as const
    })
}

const appendAll = (tree: TileBuilder, staged: readonly Staged[]) => {
  const number = createNumbering()
  const secrets = randomBytes(staged.length * SECRET_BYTES)
  return staged.map((entry, i) => {
    const secret = secrets.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES)
    const numbers = number(entry)
    const { leaf, hash } = makeLeaf(entry, numbers, secret)
    const position = tree.size
    tree.append(hash)
    return {
      position,
      seq: entry.seq,
      leaf,
      hash: base64(hash),
      secret: base64(secret),
      concerned: numbers.map(([agency]) => agency),
      numbers: numbers.map(([, n]) => n),
    }
  })
}

/**
 * Writes the ledger. Keeps the right edge of the tree in memory, and reads it anew after any
 * failure: whether a failed commit took place is for the database to say.
 */
export const createSequencer = (db: Db, signer: NoteSigner): Sequencer => {
  let known: TileBuilder | null = null

  const write = async (tree: TileBuilder, staged: readonly Staged[]): Promise<void> => {
    const entries = appendAll(tree, staged)
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
