import { eq, sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { EventStream, EventStreamRead } from '../../../src/contracts/security-event.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { createOutbound, OutboundError } from '../../../src/outbound.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import { seal } from '../../../src/seal.ts'
import type { Context, Route } from '../../../src/service.ts'
import { onRecord } from '../refusal.ts'
import { eventStream, STREAM_SEAL, streamPlace, waitingCount } from '../stream.ts'

const wrong = (field: string, id: string, en: string): Problem =>
  new Problem('invalid_request', { errors: [{ field, message: { id, en } }] })

const URL_CURE = {
  id: 'Sebut alamat https pada port 443 dengan nama host lengkap, ditulis biasa, tanpa sandi dan #. ({code})',
  en: 'Give an https address on port 443 with a full host name, plainly written, without password or #. ({code})',
}

const checkStream = (ctx: Context, asked: EventStream): void => {
  if ((asked.method === 'push') !== (asked.url !== undefined)) {
    throw wrong(
      'url',
      'Sebut url untuk push, dan hanya saat itu.',
      'Give a url for push, and only then.',
    )
  }
  if (asked.method === 'poll' && asked.authorization !== undefined) {
    throw wrong('authorization', 'Hanya untuk push.', 'For push alone.')
  }
  if (asked.url === undefined) return
  try {
    const host = URL.canParse(asked.url) ? new URL(asked.url).hostname : ''
    const { outboundLoopback: allowLoopback } = ctx.config
    createOutbound({ allowLoopback }).check(asked.url, [host])
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const { code } = error
    throw wrong('url', URL_CURE.id.replace('{code}', code), URL_CURE.en.replace('{code}', code))
  }
}

const read = async (tx: Tx, agency: string): Promise<Static<typeof EventStreamRead>> => {
  const [row] = await tx.select().from(eventStream).where(eq(eventStream.agency, agency))
  return {
    method: row?.method ?? 'poll',
    url: row?.url ?? null,
    has_authorization: row?.authorization_sealed != null,
    version: row?.version ?? null,
    ...(await waitingCount(tx, agency)),
  }
}

const write = async (ctx: Context, tx: Tx, agency: string, asked: EventStream): Promise<number> => {
  const { method, url = null, authorization, version } = asked
  const box =
    authorization === undefined
      ? null
      : seal(ctx.keys.derive(STREAM_SEAL), Buffer.from(authorization), streamPlace(agency))
  const fields = {
    method,
    url,
    authorization_sealed: box?.ciphertext ?? null,
    authorization_key: box?.wrappedKey ?? null,
  }
  const [known] = await tx
    .select({ version: eventStream.version })
    .from(eventStream)
    .where(eq(eventStream.agency, agency))
    .for('update')
  if (known?.version !== version) {
    throw new Problem('version_conflict', { members: { version: known?.version ?? null } })
  }
  const [row] =
    known === undefined
      ? await tx
          .insert(eventStream)
          .values({ agency, ...fields })
          .onConflictDoNothing()
          .returning({ version: eventStream.version })
      : await tx
          .update(eventStream)
          .set({ ...fields, version: known.version + 1 })
          .where(eq(eventStream.agency, agency))
          .returning({ version: eventStream.version })
  if (row === undefined) throw new Problem('version_conflict')
  return row.version
}

const ownAgency = (request: FastifyRequest): string => {
  const { agency } = request.actor
  authorize(request, 'directory.write', { kind: 'owned', owner: agency })
  return agency ?? ''
}

export const getEventStream: Route = (app, ctx) => {
  app.get(
    '/v1/event-stream',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary: 'How this agency is told of what was withdrawn, and what it has not confirmed',
        tags: ['consent'],
        response: { 200: EventStreamRead },
      },
    },
    async (request) => {
      const agency = ownAgency(request)
      return await ctx.db.withActor(request.actor, (tx) => read(tx, agency))
    },
  )
}

export const putEventStream: Route = (app, ctx) => {
  app.put(
    '/v1/event-stream',
    {
      config: { authority: 'directory.write' },
      schema: {
        summary:
          'Say how this agency is told: pushed to its server (RFC 8935), or asked for (RFC 8936)',
        description: '`version` is the one that was read; left out the first time.',
        tags: ['consent'],
        body: EventStream,
        response: { 200: EventStreamRead },
      },
    },
    async (request, reply) => {
      const agency = ownAgency(request)
      const asked = request.body
      const attempt = { object: agency, data: { verb: 'stream', method: asked.method } }
      const { status, body } = await onRecord(attempt, async () => {
        checkStream(ctx, asked)
        return await once(ctx, request, async (tx) => {
          const version = await write(ctx, tx, agency, asked)
          await tx.execute(sql`select consent.retry_events(${agency})`)
          await append(tx, request.actor, {
            type: 'consent.event_stream.changed.v1',
            object: agency,
            data: { method: asked.method, version },
          })
          return { status: 200, body: await read(tx, agency) }
        })
      })
      ctx.bus.wake('security_events')
      return reply.code(status as 200).send(body)
    },
  )
}
