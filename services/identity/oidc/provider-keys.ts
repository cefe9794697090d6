import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import type { CustomFetch } from 'openid-client'
import { FAILURE_LIFE_MS } from './sparing.ts'

/** The keys of a provider cannot be had: what it signed can be judged later. */
export class KeysUnavailable extends Error {}

/** What says that the keys are there and none of them is meant. */
const isAnswer = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys

/**
 * The keys at an address, kept by jose and asked for again when one is not known; after a failure not for
 * `FAILURE_LIFE_MS`. Whatever is wrong with the set, and not with the token, is a KeysUnavailable.
 */
export const keysAt = (address: URL, fetchKeys: CustomFetch, now: () => Date): JWTVerifyGetKey => {
  const set = createRemoteJWKSet(address, {
    [customFetch]: async (url: string, { headers }: { headers: Headers }) =>
      await fetchKeys(url, {
        method: 'GET',
        headers: Object.fromEntries(headers),
        body: null,
        redirect: 'manual',
      }),
  })
  let failedAt = Number.NEGATIVE_INFINITY
  return async (header, token) => {
    const at = now().getTime()
    if (at - failedAt < FAILURE_LIFE_MS) throw new KeysUnavailable('asked a moment ago, in vain')
    try {
      return await set(header, token)
    } catch (error) {
      if (isAnswer(error)) throw error
      failedAt = at
      throw new KeysUnavailable('the provider does not answer with its keys', { cause: error })
    }
  }
}
