import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { Config } from '../../../src/config.ts'
import type { Keys } from '../../../src/keys.ts'
import { cookieOptions } from '../session-cookie.ts'

/** How long signing in may take, in seconds. */
const LOGIN_LIFE_S = 600

/** What a sign-in that has begun needs to know at its end. */
export interface Login {
  /** Handle of the identity provider. */
  readonly provider: string
  readonly returnTo: string
  /** Hex SHA-256 of the invitation that is being redeemed. */
  readonly invitation: string | null
}

/** What only this browser's sign-in can answer to; all of it follows from its cookie. */
export interface LoginSecrets {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export const loginCookieOf = (config: Pick<Config, 'publicUrl'>): string =>
  config.publicUrl.startsWith('https:') ? '__Host-titian-login' : 'titian-login'

export const loginCookieOptions = (config: Pick<Config, 'publicUrl'>): CookieSerializeOptions => ({
  ...cookieOptions(config),
  maxAge: LOGIN_LIFE_S,
})

const mac = (keys: Pick<Keys, 'derive'>, purpose: string, text: string): string =>
  createHmac('sha256', keys.derive('login')).update(`${purpose}\n${text}`).digest('base64url')

/** A cookie that carries a sign-in from its beginning to its end: in no table, and made by us alone. */
export const sealLogin = (keys: Pick<Keys, 'derive'>, login: Login): string => {
  const about = { ...login, random: randomBytes(32).toString('base64url'), at: Date.now() }
  const text = Buffer.from(JSON.stringify(about)).toString('base64url')
  return `${text}.${mac(keys, 'cookie', text)}`
}

export const secretsOf = (keys: Pick<Keys, 'derive'>, cookie: string): LoginSecrets => ({
  state: mac(keys, 'state', cookie),
  nonce: mac(keys, 'nonce', cookie),
  verifier: mac(keys, 'verifier', cookie),
})

/** Null for a cookie that is not ours, or older than ten minutes. */
export const openLogin = (keys: Pick<Keys, 'derive'>, cookie: string | undefined): Login | null => {
  const [text = '', given = ''] = cookie?.split('.') ?? []
  const [one, other] = [Buffer.from(given), Buffer.from(mac(keys, 'cookie', text))]
  if (one.length !== other.length || !timingSafeEqual(one, other)) return null
  const about = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Login & {
    readonly at: number
  }
  return Date.now() - about.at > LOGIN_LIFE_S * 1000 ? null : about
}
