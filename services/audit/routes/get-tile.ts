import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { TileParams } from '../../../src/contracts/audit.ts'
import { Problem } from '../../../src/problem.ts'
import type { Route } from '../../../src/service.ts'
import { partialTiles, TILE_WIDTH } from '../tiles.ts'
import { readHead, tilesOf } from '../tree.ts'

interface Asked {
  readonly index: number
  /** How many hashes or entries; 256 for a full tile. */
  readonly width: number
}

const TILE = /^((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** `x001/x234/067` and `067.p/8` of C2SP tlog-tiles. @throws Problem not_found */
const askedOf = (path: string): Asked => {
  const [, digits, partial] = TILE.exec(path) ?? []
  const index = Number((digits ?? '').replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  const isShort = digits !== undefined && !digits.startsWith('x000')
  if (!isShort || !Number.isSafeInteger(index) || width > TILE_WIDTH) throw new Problem('not_found')
  if (partial !== undefined && width === TILE_WIDTH) throw new Problem('not_found')
  return { index, width }
}

const octets = { produces: ['application/octet-stream'], response: { 200: Type.Any() } }

/** Hash tiles: any mirror of the ledger is a folder of these files. */
export const getTile: Route = (app, ctx) => {
  app.get(
    '/v1/audit/log/tile/:level/*',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'A tile of hashes (C2SP tlog-tiles)',
        tags: ['audit'],
        params: TileParams,
        ...octets,
      },
    },
    async (request, reply) => {
      const { level } = request.params
      const { index, width } = askedOf(request.params['*'])
      const bytes = await ctx.db.withActor(request.actor, async (tx) => {
        const size = (await readHead(tx))?.size ?? 0
        const there = Math.floor(size / TILE_WIDTH ** level)
        if (index * TILE_WIDTH + width > there) throw new Problem('not_found')
        const source = tilesOf(tx)
        const first = index * TILE_WIDTH
        const edge = partialTiles(size).find((tile) => tile.level === level)
        const [tile] =
          edge?.first === first
            ? await source.partial([{ level, first, count: width }])
            : await source.full([{ level, index }])
        return tile?.subarray(0, width * 32)
      })
      if (bytes?.length !== width * 32) throw new Problem('not_found')
      return reply.type('application/octet-stream').send(Buffer.from(bytes))
    },
  )
}

/** Entries as tlog-tiles bundles them: each by its length in two bytes, big-endian. */
export const getEntryTile: Route = (app, ctx) => {
  app.get(
    '/v1/audit/log/tile/entries/*',
    {
      config: { authority: 'audit.read' },
      schema: {
        summary: 'A tile of leaves, each after its length in two bytes (C2SP tlog-tiles)',
        tags: ['audit'],
        params: Type.Object(
          { '*': Type.String({ maxLength: 100 }) },
          { additionalProperties: false },
        ),
        ...octets,
      },
    },
    async (request, reply) => {
      const { index, width } = askedOf(request.params['*'])
      const first = index * TILE_WIDTH
      const rows = await ctx.db.withActor(request.actor, (tx) =>
        tx.execute<{ leaf: string }>(sql`
          select leaf from audit.leaf where position >= ${first} and position < ${first + width}
           order by position`),
      )
      if (rows.length !== width) throw new Problem('not_found')
      const parts = rows.flatMap(({ leaf }) => {
        const bytes = Buffer.from(leaf)
        const length = Buffer.alloc(2)
        length.writeUInt16BE(bytes.length)
        return [length, bytes]
      })
      return reply.type('application/octet-stream').send(Buffer.concat(parts))
    },
  )
}
