import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { HELD } from '../../src/contracts/codes.ts'
import { IMAGE_MAX_BYTES, type AttachmentAdded } from '../../src/contracts/message.ts'
import { newId } from '../../src/id.ts'
import { once } from '../../src/idempotency.ts'
import { Problem } from '../../src/problem.ts'
import { readBody } from '../../src/read-body.ts'
import { type Attempt, foreign, refusal } from '../../src/request.ts'
import { attachmentPlace, MESSAGE_SEAL, seal } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'
import { createTurns } from '../../src/turns.ts'
import { cleanImage } from './image.ts'
import { ImageError } from './picture.ts'
import { demandTalk, states, type Talk, type Verdict } from './talk.ts'

/** What an upload may be called; what it is, its bytes say. */
export const UPLOAD_TYPES = ['image/jpeg', 'image/png']
/** Longest that a sender may take to deliver an image, in milliseconds. */
const UPLOAD_MS = 60_000
/** Uploads read and cleaned at once by a replica: with IMAGE_MAX_BYTES this bounds its memory. */
const turns = createTurns(8, 40)
/** Images cleaned at once, each unpacked. */
const cleaning = createTurns(2)

/** @throws Problem, on the record */
const readImage = async (body: unknown, attempt: Attempt): Promise<Buffer> => {
  if (!(body instanceof Readable)) throw refusal('image_not_taken', attempt)
  const { data, end } = await readBody(body, { most: IMAGE_MAX_BYTES, withinMs: UPLOAD_MS })
  if (end === 'large') throw refusal('image_too_large', attempt)
  if (end === 'late') throw refusal('image_too_slow', attempt)
  // Nobody is left to tell.
  if (end === 'left') throw new Problem('unavailable')
  return data
}

/** Refuses strangers before anything of theirs is read; what decides is asked when the image is kept. */
const demandKnown = async (
  ctx: Context,
  request: FastifyRequest,
  talk: Talk,
  attempt: Attempt,
): Promise<void> => {
  const agency = request.actor.agency ?? ''
  const [known] = await ctx.db.withActor(request.actor, (tx) =>
    tx.execute(
      'case' in talk
        ? sql`select where cases.owner_of(${talk.case}::uuid) = ${agency}::uuid`
        : sql`select from referrals.talk_of(${'via' in talk ? talk.via : talk.referral}::uuid, ${agency}::uuid)`,
    ),
  )
  if (known === undefined) throw foreign(attempt)
}

/**
 * Takes one image for a message: read when it is its turn, cleaned, sealed, kept until it is sent.
 * @throws Problem; every refusal is on the record
 */
export const uploadTo = async (
  ctx: Context,
  request: FastifyRequest,
  talk: Talk,
  category: (typeof HELD)[number],
  object: string,
): Promise<AttachmentAdded> => {
  const { agency, id: actor } = request.actor
  const attempt: Attempt = { object, categories: [category], data: { verb: 'attach' } }
  if (category === 'therapy_notes') throw refusal('therapy_notes_stay', attempt)
  await demandKnown(ctx, request, talk, attempt)
  return await turns(async () => {
    const uploaded = await readImage(request.body, attempt)
    const image = await cleaning(() => cleanImage(uploaded)).catch((error: unknown) => {
      throw error instanceof ImageError ? refusal(error.code, attempt) : error
    })
    // What the key stands for is the image itself, and what it is uploaded for.
    const sha256 = createHash('sha256').update(uploaded).digest('hex')
    request.body = { category, talk, sha256 }
    const { mediaType: media_type, width, height } = image
    const bytes = image.data.length
    const { body } = await once(ctx, request, async (tx) => {
      const id = newId()
      const box = seal(ctx.keys.derive(MESSAGE_SEAL), image.data, attachmentPlace(id))
      const known = { id, category, agency, actor, media_type, bytes, width, height }
      const row = {
        i: 0,
        ...known,
        ...talk,
        states,
        ciphertext: box.ciphertext.toString('base64'),
        wrapped_key: box.wrappedKey.toString('base64'),
      }
      const [added] = await tx.execute<{ outcome: Verdict; state: string | null }>(
        sql`select * from messages.attach(${JSON.stringify([row])}::text::jsonb)`,
      )
      if (added === undefined) throw new Error('an attachment was not answered')
      demandTalk(added.outcome, attempt, added.state)
      return { status: 201, body: { id, category, media_type, bytes, width, height } }
    })
    return body
  })
}
