import type { Actor } from '../../src/actor.ts'
import type { Sealed } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'

interface Payload {
  readonly i: number
  readonly ciphertext: Buffer
  readonly wrapped_key: Buffer
  readonly review_ciphertext: Buffer | null
  readonly review_key: Buffer | null
}

/**
 * The second half of an opening under a broken glass: the box that a committed record gives to the same
 * actor, once, and the box of its review. Nulls: none, or ended meanwhile.
 */
export const readGlass = async (
  ctx: Context,
  { agency, id: actor }: Actor,
  access: string,
): Promise<readonly [Sealed | null, Sealed | null]> => {
  const [row] = await ctx.db.call<Payload>('referrals.read_glass', [
    { i: 0, access, agency, actor },
  ])
  if (row === undefined) return [null, null]
  const { ciphertext, wrapped_key: wrappedKey, review_ciphertext, review_key } = row
  const review =
    review_ciphertext === null || review_key === null
      ? null
      : { ciphertext: review_ciphertext, wrappedKey: review_key }
  return [{ ciphertext, wrappedKey }, review]
}
