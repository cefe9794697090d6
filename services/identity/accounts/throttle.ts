import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Context } from '../../../src/service.ts'

/** Tries within 15 minutes after which nobody is let try again until they have passed. */
export const TRIES = { name: 5, address: 30, password: 10 } as const

export interface Try {
  readonly login: string
  readonly address: string
  readonly password: string
}

/** A network of one subscriber: IPv6 gives each of them more addresses than could be counted. */
const networkOf = (address: string): string => {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const [first, last] = [head.split(':').filter(Boolean), tail.split(':').filter(Boolean)]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].slice(0, 4).join(':')
}

/**
 * Slows guessing down: by name, by network, and by password, since who sprays tries one password on
 * many names from many places. Names that do not exist are counted like those that do. Stored are
 * keyed digests; of a password 20 bits of one, which fit a million other passwords.
 */
export const createThrottle = ({ db, keys }: Pick<Context, 'db' | 'keys'>) => {
  const digest = (kind: string, text: string): string =>
    createHmac('sha256', keys.derive('throttle')).update(`${kind}\n${text}`).digest('hex')
  const keysOf = ({ login, address, password }: Try): [string, string, string] => [
    digest('name', login),
    digest('address', networkOf(address)),
    digest('password', digest('guess', password).slice(0, 5)),
  ]
  return {
    /** Counts a try; false when there were too many. */
    admit: async (asked: Try): Promise<boolean> => {
      const limits = [TRIES.name, TRIES.address, TRIES.password]
      const row = { keys: keysOf(asked), limits }
      const [answer] = await db.call<{ allowed: boolean }>('identity.count_tries', [row])
      return answer?.allowed === true
    },
    /** Takes a try back that was none: the person proved who they are. */
    forgive: async (asked: Try): Promise<void> => {
      const [forget, ...forgive] = keysOf(asked)
      await db.call('identity.forgive_tries', [{ forget, forgive }])
    },
  }
}
