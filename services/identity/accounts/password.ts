import { hash, verify, type Options } from '@node-rs/argon2'

/** Argon2id (the package's default algorithm): 19 MiB, 2 passes, 1 lane. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** In characters; no other rule, since rules make people choose alike (NIST SP 800-63B). */
export const PASSWORD_LENGTH = { least: 12, most: 200 } as const

/** What is stored of a password, in PHC form. Compatible spellings count as one (RFC 8265). */
export const hashPassword = (password: string): Promise<string> =>
  hash(password.normalize('NFKC'), COST)

let nobody: Promise<string> | null = null

/**
 * Whether the password is the one that was stored. With nothing stored it answers no, after the same
 * work, so that time does not tell whether there is an account.
 */
export const isPassword = async (stored: string | null, password: string): Promise<boolean> => {
  nobody ??= hashPassword('nobody has this password')
  const matches = await verify(stored ?? (await nobody), password.normalize('NFKC'))
  return matches && stored !== null
}
