import { and, desc, eq, lt, type SQL } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { ReadingPage, type Reading } from '../../../src/contracts/capacity.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Context, Route } from '../../../src/service.ts'
import { reading, utc } from '../places.ts'

const Query = Type.Object(
  {
    service: Type.Optional(Id),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  },
  { additionalProperties: false },
)

interface Page {
  readonly items: Reading[]
  readonly next: string | null
}

const readHistory = async (
  ctx: Context,
  request: FastifyRequest,
  { service, after, limit }: Static<typeof Query>,
): Promise<Page> => {
  const { agency } = request.actor
  if (agency === null) return { items: [], next: null }
  const where: SQL[] = [eq(reading.agency, agency)]
  if (service !== undefined) where.push(eq(reading.service, service))
  if (after !== undefined) where.push(lt(reading.id, String(placeOf(after, ['uuid'])[0])))
  const rows = await ctx.db.withActor(request.actor, (tx) =>
    tx
      .select()
      .from(reading)
      .where(and(...where))
      .orderBy(desc(reading.id))
      .limit(limit + 1),
  )
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    items: page.map(({ agency: _own, ...row }) => ({ ...row, at: utc(row.at) })),
    next: last === undefined ? null : cursorOf([last.id]),
  }
}

export const capacityHistory: Route = (app, ctx) => {
  app.get(
    '/v1/directory/capacity/history',
    {
      config: { authority: 'capacity.count' },
      schema: {
        summary: "How one's own agency's counts changed, the newest first",
        tags: ['directory'],
        querystring: Query,
        response: { 200: ReadingPage },
      },
    },
    (request) => readHistory(ctx, request, request.query),
  )
}

const COLUMNS = ['at', 'service', 'unit', 'maximum', 'available', 'cause'] as const

export const capacityHistoryCsv: Route = (app, ctx) => {
  app.get(
    '/v1/directory/capacity/history.csv',
    {
      config: { authority: 'capacity.count' },
      schema: {
        summary: 'The same as CSV (RFC 4180); the header Next-Cursor says where to go on',
        tags: ['directory'],
        querystring: Query,
        response: { 200: { content: { 'text/csv': { schema: Type.String() } } } },
      },
    },
    async (request, reply) => {
      const { items, next } = await readHistory(ctx, request, request.query)
      // Codes, ids, numbers and instants alone: nothing of it needs quoting.
      const lines = items.map((item) => COLUMNS.map((column) => item[column]).join(','))
      if (next !== null) void reply.header('next-cursor', next)
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="capacity.csv"')
        .send([COLUMNS.join(','), ...lines, ''].join('\r\n'))
    },
  )
}
