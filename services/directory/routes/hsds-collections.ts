import type { FastifyRequest } from 'fastify'
import {
  HsdsDocument,
  HsdsPage,
  HsdsParams,
  HsdsQuery,
  HsdsQuestion,
} from '../../../src/contracts/hsds.ts'
import { Problem } from '../../../src/problem.ts'
import type { Context, Route } from '../../../src/service.ts'
import type { Collection } from '../hsds/listing.ts'
import { oneDocument, pageOf } from '../hsds/publish.ts'
import { pageOfTerms, oneTerm, type TermTable } from '../hsds/terms.ts'

const COLLECTIONS: Readonly<Record<string, Collection>> = {
  services: 'service',
  organizations: 'organization',
  service_at_locations: 'service_at_location',
}
const TERMS: Readonly<Record<string, TermTable>> = {
  taxonomies: 'taxonomy',
  taxonomy_terms: 'taxonomy_term',
}

interface Contents {
  readonly total: number
  readonly contents: readonly Readonly<Record<string, unknown>>[]
}
type Read = (ctx: Context, request: FastifyRequest, query: HsdsQuery) => Promise<Contents>
type ReadOne = (
  ctx: Context,
  request: FastifyRequest,
  id: string,
  fullService: boolean,
) => Promise<Readonly<Record<string, unknown>> | null>

const pageDocument = ({ page, per_page: size }: HsdsQuery, { total, contents }: Contents) => {
  const pages = Math.ceil(total / size)
  return {
    total_items: total,
    total_pages: pages,
    page_number: page,
    size: contents.length,
    first_page: page === 1,
    last_page: page >= pages,
    empty: contents.length === 0,
    contents: [...contents],
  }
}

const offsetOf = ({ page, per_page: limit }: HsdsQuery) => ({ limit, offset: (page - 1) * limit })

const readCollection =
  (collection: Collection): Read =>
  async (ctx, request, query) => {
    const { full = false, full_service: fullService = false, minimal = false } = query
    const isFull = full || fullService
    const shown = { depth: isFull ? 'full' : 'simple', fullService } as const
    const found = await ctx.db.withActor(request.actor, (tx) =>
      pageOf(tx, collection, query, offsetOf(query), shown),
    )
    if (!minimal) return found
    const contents = found.contents.map(({ id, last_modified }) => ({ id, last_modified }))
    return { total: found.total, contents }
  }

const DEFAULTS = { page: 1, per_page: 25 } as const

/** The five collections of the standard: a page by GET or, with the question in a body, by POST; one. */
export const hsdsCollections: Route = (app, ctx) => {
  const add = (name: string, read: Read, readOne: ReadOne): void => {
    const answer = async (request: FastifyRequest, query: HsdsQuery) =>
      pageDocument(query, await read(ctx, request, query))
    const about = { tags: ['hsds'], response: { 200: HsdsPage } }
    app.get(
      `/hsds/${name}`,
      {
        config: { authority: 'directory.read' },
        schema: { summary: `HSDS: ${name}`, ...about, querystring: HsdsQuery },
      },
      (request) => answer(request, request.query),
    )
    app.post(
      `/hsds/${name}`,
      {
        config: { authority: 'directory.read' },
        schema: {
          summary: `HSDS: ${name}, asked in a body so that no URL holds the question`,
          ...about,
          body: HsdsQuestion,
        },
      },
      (request) => answer(request, { ...DEFAULTS, ...request.body }),
    )
    app.get(
      `/hsds/${name}/:id`,
      {
        config: { authority: 'directory.read' },
        schema: {
          summary: `HSDS: one of ${name}, fully nested`,
          tags: ['hsds'],
          params: HsdsParams,
          querystring: HsdsQuery,
          response: { 200: HsdsDocument },
        },
      },
      async (request) => {
        const { full_service: fullService = false } = request.query
        const found = await readOne(ctx, request, request.params.id, fullService)
        if (found === null) throw new Problem('not_found')
        return found
      },
    )
  }
  for (const [name, collection] of Object.entries(COLLECTIONS)) {
    add(name, readCollection(collection), (context, request, id, fullService) =>
      context.db.withActor(request.actor, (tx) => oneDocument(tx, collection, id, fullService)),
    )
  }
  for (const [name, table] of Object.entries(TERMS)) {
    add(
      name,
      (context, request, query) =>
        context.db.withActor(request.actor, (tx) => pageOfTerms(tx, table, query, offsetOf(query))),
      (context, request, id) => context.db.withActor(request.actor, (tx) => oneTerm(tx, table, id)),
    )
  }
}
