import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Context } from '../../../src/service.ts'

type Hub = Pick<Context, 'config' | 'keys'>

/** What is stored of a passkey. Bytes as hex, for one JSON row. */
export interface StoredPasskey {
  readonly id: string
  readonly public_key: string
  readonly counter: number
  readonly transports: readonly string[]
}

const originOf = ({ config }: Hub): URL => new URL(config.publicUrl)

/** Passkeys belong to a name: a hub that is reached by its address has none. */
export const hasPasskeys = (hub: Hub): boolean => {
  const { hostname } = originOf(hub)
  return isIP(hostname) === 0 && !hostname.startsWith('[')
}

/** The challenge of one occasion: of one sign-in or one invitation, which are good once themselves. */
const challengeOf = ({ keys }: Hub, occasion: string): Buffer =>
  createHmac('sha256', keys.derive('passkey-challenge')).update(occasion).digest()

const hexOf = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex')

export const signInOptions = (hub: Hub, occasion: string) =>
  generateAuthenticationOptions({
    rpID: originOf(hub).hostname,
    challenge: Uint8Array.from(challengeOf(hub, occasion)),
    userVerification: 'required',
    timeout: 300_000,
  })

export const registrationOptions = (
  hub: Hub,
  occasion: string,
  who: { readonly person: string; readonly login: string; readonly displayName: string },
) =>
  generateRegistrationOptions({
    rpName: 'Titian',
    rpID: originOf(hub).hostname,
    challenge: Uint8Array.from(challengeOf(hub, occasion)),
    userID: Uint8Array.from(Buffer.from(who.person)),
    userName: who.login,
    userDisplayName: who.displayName,
    timeout: 300_000,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** A new passkey as the browser made it, or null when it does not hold. */
export const readRegistration = async (
  hub: Hub,
  occasion: string,
  text: string,
): Promise<StoredPasskey | null> => {
  const response = parse(text) as RegistrationResponseJSON | null
  if (response === null) return null
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challengeOf(hub, occasion).toString('base64url'),
    expectedOrigin: originOf(hub).origin,
    expectedRPID: originOf(hub).hostname,
    requireUserVerification: true,
  }).catch(() => ({ verified: false as const, registrationInfo: undefined }))
  if (!verified || registrationInfo === undefined) return null
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential
  const public_key = Buffer.from(publicKey).toString('hex')
  return { id: hexOf(id), public_key, counter, transports }
}

export interface Shown {
  readonly response: AuthenticationResponseJSON
  /** Of the passkey, as hex. */
  readonly id: string
}

/** What the browser says it signed; nothing of it is proven yet. */
export const readShown = (text: string): Shown | null => {
  const response = parse(text) as AuthenticationResponseJSON | null
  if (typeof response?.id !== 'string' || !/^[A-Za-z0-9_-]{16,1400}$/.test(response.id)) return null
  return { response, id: hexOf(response.id) }
}

/** The new counter of the passkey when it signed for this occasion, otherwise null. */
export const checkShown = async (
  hub: Hub,
  occasion: string,
  { response }: Shown,
  stored: { readonly publicKey: Buffer; readonly counter: number },
): Promise<number | null> => {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challengeOf(hub, occasion).toString('base64url'),
    expectedOrigin: originOf(hub).origin,
    expectedRPID: originOf(hub).hostname,
    credential: {
      id: response.id,
      publicKey: Uint8Array.from(stored.publicKey),
      counter: stored.counter,
    },
    requireUserVerification: true,
  }).catch(() => ({ verified: false as const, authenticationInfo: undefined }))
  return verified && authenticationInfo !== undefined ? authenticationInfo.newCounter : null
}
