import type { FastifyRequest } from 'fastify'
import { newId } from '../../src/id.ts'
import { refusal, type Attempt } from '../../src/request.ts'
import type { Sealed } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'
import { demandTalk, states, type Verdict } from './talk.ts'

interface Opening {
  readonly i: number
  readonly outcome: Verdict
  readonly state: string | null
  readonly media_type: 'image/jpeg' | 'image/png' | null
  readonly bytes: number
}

/** First half: the opening is on the record, committed, before anything is read. @throws Problem */
export const putOnRecord = async (
  ctx: Context,
  request: FastifyRequest,
  what: { readonly message: string } | { readonly attachment: string },
  attempt: Attempt,
): Promise<Opening & { readonly access: string }> => {
  const { agency, id: actor } = request.actor
  const access = newId()
  const open = ctx.db.gathered<object, Opening>('messages.open_access')
  const opening = await open({ access, ...what, agency, actor, states })
  demandTalk(opening.outcome, attempt, opening.state)
  ctx.bus.wake('ledger')
  return { ...opening, access }
}

interface Payload {
  readonly i: number
  readonly id: string
  readonly media_type: string | null
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
}

/** Second half: the box that a committed record gives to the same actor, once, within 30 s. */
export const readOpened = async (
  ctx: Context,
  request: FastifyRequest,
  access: string,
  attempt: Attempt,
): Promise<Sealed & { readonly id: string; readonly mediaType: string | null }> => {
  const { agency, id: actor } = request.actor
  const row = { i: 0, access, agency, actor, states }
  const [found] = await ctx.db.call<Payload>('messages.read_payload', [row])
  if (found === undefined) throw refusal('not_found', attempt)
  return {
    id: found.id,
    mediaType: found.media_type,
    ciphertext: found.ciphertext,
    wrappedKey: found.wrapped_key,
  }
}
