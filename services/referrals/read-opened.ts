import type { Actor } from '../../src/actor.ts'
import { refusal, type Attempt } from '../../src/request.ts'
import type { Sealed } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'

interface Payload {
  readonly i: number
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
}

/**
 * The second half of an opening: the box that a committed record gives to the same actor, once.
 * @throws Problem consent_ended when what permitted it has ended meanwhile
 */
export const readOpened = async (
  ctx: Context,
  { agency, id: actor }: Actor,
  access: string,
  attempt: Attempt,
): Promise<Sealed> => {
  const row = { i: 0, access, agency, actor }
  const [payload] = await ctx.db.call<Payload>('referrals.read_payload', [row])
  if (payload === undefined) throw refusal('consent_ended', attempt)
  return { ciphertext: payload.ciphertext, wrappedKey: payload.wrapped_key }
}
