import { codeOfStep, stepNow } from '../../services/identity/accounts/totp.ts'
import { makeInvitation } from '../../services/identity/registry.ts'
import { addressOf, asAdmin, type TestPerson } from './identity.ts'
import type { TestHub } from './hub.ts'
import { createVisitor, type Visit, type Visitor } from './visitor.ts'

export const PASSWORD = 'empat kata yang tidak cocok'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** What a code app does with the secret that it is given. */
export const fromBase32 = (text: string): Buffer => {
  const bits = text.replaceAll(/./g, (c) => ALPHABET.indexOf(c).toString(2).padStart(5, '0'))
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
}

export interface TestAccount {
  readonly login: string
  readonly secret: Buffer
  readonly recovery: readonly string[]
  /** A code that was not used yet; each call gives the next step's. */
  code(): string
}

/** Redeems an invitation as a person does who takes a password and a code app. */
export const newAccount = async (hub: TestHub, person: TestPerson): Promise<TestAccount> => {
  const path = await asAdmin(hub, (sql) => makeInvitation(sql, person.id, 'test'))
  const visitor = createVisitor(addressOf(hub))
  const page = await visitor.get(path)
  const [, spelled = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(page.html) ?? []
  const secret = fromBase32(spelled.replaceAll(' ', ''))
  // One step early, so that this step's code and the next one's are left.
  const made = await visitor.post({ password: PASSWORD, code: codeOfStep(secret, stepNow() - 1) })
  if (made.status !== 201) throw new Error(`no account: ${made.status} ${made.html}`)
  const [, login = ''] = /<strong>([a-z0-9.-]+)<\/strong>/.exec(made.html) ?? []
  const recovery = [...made.html.matchAll(/<li>([^<]+)<\/li>/g)].map(([, code = '']) => code)
  let next = 0
  const code = (): string => codeOfStep(secret, stepNow() + (next++ % 2))
  return { login, secret, recovery, code }
}

/** Walks to the sign-in page and sends the form there; ends where the hub leads. */
export const enter = async (
  visitor: Visitor,
  fields: { readonly login: string; readonly password: string; readonly code: string },
  path = '/sign-in?return_to=/v1/me',
): Promise<Visit> => {
  await visitor.get(path)
  const { login, password, code } = fields
  return await visitor.post({ login, password, code })
}
