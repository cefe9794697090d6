import { sql, type SQL } from 'drizzle-orm'
import type { Tx } from '../../src/db.ts'
import type { NodeSource } from './merkle.ts'
import { tileNodes, type PartialTile, type TileSource } from './tiles.ts'

interface Head {
  readonly size: number
  /** C2SP signed note. */
  readonly note: string
}

/** The newest checkpoint; null before the ledger has run for the first time. */
export const readHead = async (tx: Tx): Promise<Head | null> => {
  const [row] = await tx.execute<{ size: string; note: string }>(sql`
    select size, note from audit.checkpoint order by size desc limit 1`)
  return row === undefined ? null : { size: Number(row.size), note: row.note }
}

/** The newest head that witnesses cosigned, if one with more than `above` entries is a quorum's. */
export const readWitnessedHead = async (tx: Tx, above = 0): Promise<Head | null> => {
  const [row] = await tx.execute<{ size: string; note: string }>(sql`
    select size, note from audit.witnessed where size > ${above} and is_quorum
     order by size desc limit 1`)
  return row === undefined ? null : { size: Number(row.size), note: row.note }
}

const partialQuery = ({ level, first, count }: PartialTile): SQL =>
  level === 0
    ? sql`select ${level}::int as level, string_agg(hash, ''::bytea order by position) as hashes
            from audit.leaf where position >= ${first} and position < ${first + count}`
    : sql`select ${level}::int as level, string_agg(root, ''::bytea order by index) as hashes
            from audit.tile
           where level = ${level - 1} and index >= ${first} and index < ${first + count}`

/** The tiles of the ledger, as one transaction sees them. */
export const tilesOf = (tx: Tx): TileSource => ({
  full: async (tiles) => {
    const wanted = sql.join(
      tiles.map(({ level, index }) => sql`(${level}::smallint, ${index}::bigint)`),
      sql`, `,
    )
    const rows = await tx.execute<{ level: number; index: string; hashes: Buffer }>(sql`
      select level, index, hashes from audit.tile where (level, index) in (${wanted})`)
    const found = new Map(rows.map((row) => [`${row.level}/${row.index}`, row.hashes]))
    return tiles.map(({ level, index }) => found.get(`${level}/${index}`) ?? Buffer.alloc(0))
  },
  partial: async (tiles) => {
    const query = sql.join(tiles.map(partialQuery), sql` union all `)
    const rows = await tx.execute<{ level: number; hashes: Buffer | null }>(query)
    const found = new Map(rows.map((row) => [row.level, row.hashes]))
    return tiles.map(({ level }) => found.get(level) ?? Buffer.alloc(0))
  },
})

/** The nodes of the tree of `size` leaves, for proofs. */
export const nodesOf = (tx: Tx, size: number): NodeSource => tileNodes(size, tilesOf(tx))
