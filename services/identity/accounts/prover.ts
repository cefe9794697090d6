import type { Context } from '../../../src/service.ts'
import { checkShown, readShown } from './passkey.ts'
import { isPassword } from './password.ts'
import { recoveryDigest } from './recovery.ts'
import { createThrottle } from './throttle.ts'
import { openSecret, stepOfCode } from './totp.ts'

export type Proof =
  | { readonly outcome: 'ok'; readonly person: string }
  /** Tells nobody which half was wrong, or whether there is such a person. */
  | { readonly outcome: 'wrong' }
  | { readonly outcome: 'slow' }

interface Account {
  readonly person: string | null
  readonly password_hash: string | null
  readonly totp_sealed: Buffer | null
  readonly public_key: Buffer | null
  readonly counter: string | null
}

const WRONG: Proof = { outcome: 'wrong' }

export interface PasswordProof {
  readonly login: string
  readonly password: string
  /** Of the app, or a recovery code. */
  readonly code: string
  /** Where the request came from. */
  readonly address: string
}

/** How a person proves who they are to this hub. Failures are on the record, without names. */
export const createProver = (ctx: Context) => {
  const { db, keys } = ctx
  const throttle = createThrottle(ctx)

  const find = async (by: { login: string } | { passkey: string }): Promise<Account | null> => {
    const [row] = await db.call<Account>('identity.find_accounts', [by])
    return row?.person == null ? null : row
  }

  const use = async (factor: object): Promise<boolean> => {
    const [row] = await db.call<{ used: boolean }>('identity.use_factors', [factor])
    return row?.used === true
  }

  /** Uses the code up: none is good twice, also at the same moment. */
  const useCode = async (account: Account, person: string, code: string): Promise<boolean> => {
    if (account.totp_sealed === null) return false
    const plain = code.replaceAll(/\s/g, '')
    const step = stepOfCode(openSecret(keys, account.totp_sealed, person), plain)
    if (step !== null) return await use({ person, step })
    const recovery = recoveryDigest(keys, plain)
    return recovery !== null && (await use({ person, recovery }))
  }

  const refuse = async (reason: 'wrong' | 'slow', person: string | null): Promise<void> => {
    await db.call('identity.record_refusals', [{ reason, person }])
    ctx.bus.wake('ledger')
  }

  return {
    byPassword: async (asked: PasswordProof): Promise<Proof> => {
      const login = asked.login.trim().toLowerCase()
      const tried = { login, address: asked.address, password: asked.password }
      if (!(await throttle.admit(tried))) {
        await refuse('slow', null)
        return { outcome: 'slow' }
      }
      const account = await find({ login })
      const person = account?.person ?? null
      const isRight = await isPassword(account?.password_hash ?? null, asked.password)
      if (account === null || person === null || !isRight) {
        await refuse('wrong', person)
        return WRONG
      }
      if (!(await useCode(account, person, asked.code))) {
        await refuse('wrong', person)
        return WRONG
      }
      await throttle.forgive(tried)
      return { outcome: 'ok', person }
    },

    byPasskey: async (occasion: string, text: string): Promise<Proof> => {
      const shown = readShown(text)
      const account = shown === null ? null : await find({ passkey: shown.id })
      if (shown === null || account?.person == null || account.public_key === null) {
        await refuse('wrong', null)
        return WRONG
      }
      const { person, public_key: publicKey } = account
      const stored = { publicKey, counter: Number(account.counter) }
      const counter = await checkShown(ctx, occasion, shown, stored)
      const isUsed = counter !== null && (await use({ person, passkey: shown.id, counter }))
      if (!isUsed) await refuse('wrong', person)
      return isUsed ? { outcome: 'ok', person } : WRONG
    },
  }
}
