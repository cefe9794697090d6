import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { digestOf } from '../../../src/auth.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { PhoneLink } from '../../../src/contracts/referral.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { App, Context, Route } from '../../../src/service.ts'
import { takeStep } from '../move.ts'
import { createMisses, LINK_LIFE_MS, phoneContactOf, tokenOf } from '../phone-link.ts'
import { sendPhonePage } from '../phone-page.ts'

interface Made extends Record<string, unknown> {
  readonly subject: string
  readonly sender: string
  readonly recipient: string
}

/** The hub's coordinator, who telephones, gets a link to send to the one who answered. */
export const makePhoneLink: Route = (app, ctx) => {
  app.post(
    '/v1/referrals/:id/phone-link',
    {
      config: { authority: 'phone_link.make' },
      schema: {
        summary: 'Make a link by which an agency that is told by telephone acknowledges, once',
        tags: ['referrals'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 201: PhoneLink },
      },
    },
    async (request, reply) => {
      const { id: referral } = request.params
      const { body } = await once(ctx, request, async (tx) => {
        const id = newId()
        const at = ctx.now()
        const expires_at = new Date(at.getTime() + LINK_LIFE_MS).toISOString()
        const digest = digestOf(tokenOf(ctx.keys, id))
        const [row] = await tx.execute<Made>(sql`
          select * from referrals.make_phone_link(${referral}, ${id}, ${digest},
            ${at.toISOString()}, ${expires_at})`)
        // Which referrals there are beside those to telephone about is not the hub's to know.
        if (row === undefined) throw new Problem('not_found')
        await append(tx, request.actor, {
          type: 'referrals.phone_link.made.v1',
          concerned: [row.sender, row.recipient],
          subject: row.subject,
          object: referral,
        })
        // The link itself is not kept with the answer.
        return { status: 201, body: { id, expires_at } }
      })
      const url = `${ctx.config.publicUrl}/t/${tokenOf(ctx.keys, body.id)}`
      return reply.code(201).send({ url, expires_at: body.expires_at })
    },
  )
}

const NOBODY = '00000000-0000-0000-0000-000000000000'
const Params = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }) })
interface Found extends Record<string, unknown> {
  readonly id: string
  readonly referral: string
  readonly recipient: string
  readonly version: number
}

/** What a link that still holds is for. */
const find = async (ctx: Context, digest: string, at: string): Promise<Found | undefined> => {
  const rows = await ctx.db.withActor(phoneContactOf(NOBODY), (tx) =>
    tx.execute<Found>(sql`select * from referrals.find_phone_link(${digest}, ${at})`),
  )
  return rows[0]
}

const addPages = (app: App, ctx: Context): void => {
  const misses = createMisses(ctx.now)
  // The form has no fields; what a browser sends with it is not read.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 64 },
    (_request, _body, done) => done(null, undefined),
  )
  app.get(
    '/t/:token',
    { config: { authority: 'public' }, schema: { hide: true } },
    async (_request, reply) => sendPhonePage(reply, 'ask'),
  )
  app.post(
    '/t/:token',
    {
      config: { authority: 'public' },
      schema: { hide: true, params: Params },
      attachValidation: true,
    },
    async (request, reply) => {
      const at = ctx.now().toISOString()
      const isLink = request.validationError === undefined
      const digest = isLink ? digestOf(request.params.token) : ''
      const found = isLink ? await find(ctx, digest, at) : undefined
      // A link that holds always works: whoever shares an address may have mistyped theirs.
      if (found === undefined) {
        if (misses.isTooMany(request.ip)) return sendPhonePage(reply, 'slow')
        misses.add(request.ip)
        return sendPhonePage(reply, 'gone')
      }
      request.actor = phoneContactOf(found.recipient)
      // Pressed twice at once, both get the first answer.
      const used = { key: `phone-link-${found.id}`, route: 'POST /t/:token', fingerprint: digest }
      try {
        const { version } = found
        await takeStep(ctx, request, 'acknowledge', found.referral, { version }, used)
      } catch (error) {
        if (!(error instanceof Problem) || error.code === 'unavailable') throw error
        return sendPhonePage(reply, 'gone')
      }
      await ctx.db.withActor(request.actor, (tx) =>
        tx.execute(sql`select referrals.end_phone_link(${found.id}, ${at})`),
      )
      return sendPhonePage(reply, 'done')
    },
  )
}

/**
 * Where the link leads. To look changes nothing, so that whatever opens links by itself may; to press
 * the button acknowledges, as the agency's telephone contact, and ends the link.
 */
export const usePhoneLink: Route = async (app, ctx) => {
  await app.register(async (scope) => addPages(scope, ctx))
}
