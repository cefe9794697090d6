import type { CookieSerializeOptions } from '@fastify/cookie'
import type { Config } from '../../src/config.ts'

/** No life of its own: the browser forgets it when it closes, the hub after 10 idle minutes. */
export const cookieOptions = (config: Pick<Config, 'publicUrl'>): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  sameSite: 'lax',
  secure: config.publicUrl.startsWith('https:'),
})
