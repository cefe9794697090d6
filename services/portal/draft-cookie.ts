import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Category, Purpose, ReferralKind, Urgency } from '../../src/contracts/codes.ts'
import type { Gender } from '../../src/contracts/directory.ts'
import { seal, unseal } from '../../src/seal.ts'
import type { Context } from '../../src/service.ts'

/** What the pages of a send have gathered so far: ids and codes, never a word about anybody. */
export interface SendDraft {
  readonly case: string
  readonly purpose?: Purpose
  readonly urgency?: Urgency
  readonly kind?: ReferralKind
  /** For whom a service must be, where the worker said so. */
  readonly gender?: Gender
  readonly service?: string
  readonly categories?: readonly Category[]
}

export interface DraftStore {
  read(request: FastifyRequest): SendDraft | null
  write(request: FastifyRequest, reply: FastifyReply, draft: SendDraft): void
  clear(reply: FastifyReply): void
}

const COOKIE = 'titian-draft'
const PATH = '/send'

/**
 * Keeps the draft in the browser of whoever writes it, sealed: another session cannot read it, and it
 * goes when the browser closes or the person leaves.
 */
export const createDraftStore = (ctx: Context, sessionCookie: string): DraftStore => {
  const key = ctx.keys.derive('portal/draft')
  const options = {
    path: PATH,
    httpOnly: true,
    sameSite: 'strict',
    secure: ctx.config.publicUrl.startsWith('https:'),
  } as const
  const placeOf = (request: FastifyRequest): string =>
    `draft/${request.cookies[sessionCookie] ?? 'nobody'}`
  return {
    read: (request) => {
      const [ciphertext, wrappedKey] = (request.cookies[COOKIE] ?? '')
        .split('.')
        .map((part) => Buffer.from(part, 'base64url'))
      if (ciphertext === undefined || wrappedKey === undefined) return null
      try {
        const plain = unseal(key, { ciphertext, wrappedKey }, placeOf(request))
        return JSON.parse(plain.toString('utf8')) as SendDraft
      } catch {
        return null
      }
    },
    write: (request, reply, draft) => {
      const box = seal(key, Buffer.from(JSON.stringify(draft)), placeOf(request))
      const value = [box.ciphertext, box.wrappedKey].map((part) => part.toString('base64url'))
      void reply.setCookie(COOKIE, value.join('.'), options)
    },
    clear: (reply) => void reply.clearCookie(COOKIE, options),
  }
}
