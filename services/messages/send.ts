import type { FastifyRequest } from 'fastify'
import type { NewMessage, SentMessage } from '../../src/contracts/message.ts'
import { newId } from '../../src/id.ts'
import { keyOf } from '../../src/idempotency.ts'
import { Problem } from '../../src/problem.ts'
import { repeat } from '../../src/repeat.ts'
import { refusal, type Attempt } from '../../src/request.ts'
import { MESSAGE_SEAL, messagePlace, seal } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'
import { demandTalk, states, type Talk, type Verdict } from './talk.ts'

/** What a message names and its agency does not have. */
type Unknown = 'attachment_unknown' | 'mention_unknown'

interface Sent {
  readonly i: number
  readonly outcome: Verdict | Unknown | 'replayed' | 'key_reused' | 'again'
  readonly state: string | null
  readonly body: { readonly id: string; readonly at: string; readonly entry: string } | null
}

const MAX_TRIES = 3

/**
 * Sends one message: sealed here, admitted by Postgres in the one statement that holds the consent,
 * together with whatever concurrent messages wait. The same key again gets the first answer.
 * @throws Problem; every refusal is on the record
 */
export const sendTo = async (
  ctx: Context,
  request: FastifyRequest,
  talk: Talk,
  { category, text, mentions = [], attachments = [] }: Omit<NewMessage, 'to'>,
  object: string,
): Promise<SentMessage> => {
  const { agency, id: actor } = request.actor
  const attempt: Attempt = { object, categories: [category], data: { verb: 'send_message' } }
  if (category === 'therapy_notes') throw refusal('therapy_notes_stay', attempt)
  const key = keyOf(ctx, request)
  const id = newId()
  const box = seal(ctx.keys.derive(MESSAGE_SEAL), Buffer.from(text), messagePlace(id))
  const row = {
    id,
    ...talk,
    category,
    agency,
    actor,
    states,
    mentions,
    attachments,
    ciphertext: box.ciphertext.toString('base64'),
    wrapped_key: box.wrappedKey.toString('base64'),
    ...key,
  }
  const send = ctx.db.gathered<object, Sent>('messages.send')
  let sent = await repeat(() => send(row))
  for (let tried = 1; sent.outcome === 'again' && tried < MAX_TRIES; tried += 1) {
    sent = await repeat(() => send(row))
  }
  const { outcome, state, body } = sent
  if (outcome === 'again') throw new Problem('unavailable')
  if (outcome === 'key_reused') throw new Problem('idempotency_key_reused')
  if (outcome === 'attachment_unknown' || outcome === 'mention_unknown') {
    throw refusal(outcome, attempt)
  }
  if (outcome !== 'replayed') demandTalk(outcome, attempt, state)
  if (body === null) throw new Error('a message was not answered')
  if (outcome === 'ok') ctx.bus.wake('ledger')
  return { id: body.id, at: new Date(body.at).toISOString(), receipt: { entry: body.entry } }
}
