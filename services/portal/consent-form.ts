import { createHash } from 'node:crypto'
import type { Category, Purpose } from '../../src/contracts/codes.ts'
import type { Language } from '../../src/problem.ts'
import { dayOf } from './form-dates.ts'
import type { Key } from './parts/words.ts'
import type { Form, SignedVisit } from './visit.ts'
import { wordsIn } from './words.ts'

/** The notice that is read out before anything is asked, sentence by sentence. */
export const NOTICE: readonly Key[] = [
  'notice.decide',
  'notice.why',
  'notice.who',
  'notice.change',
  'notice.read',
]
export const NOTICE_VERSION = 'portal-1'

/** SHA-256 of the notice as it is shown in a language, lower-case hex. */
export const noticeHash = (language: Language): string => {
  const t = wordsIn(language)
  return createHash('sha256')
    .update(NOTICE.map((key) => t(key)).join('\n'))
    .digest('hex')
}

export interface Said {
  readonly case: string
  readonly recipients: readonly string[]
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
}

/** The body of POST /v1/consents from the form; the API judges it. */
export const statementOf = (visit: SignedVisit, form: Form, said: Said): object => {
  const state = form.text('guardian.state')
  const relation = form.text('guardian.relation')
  const birthday = dayOf(form, 'turns_18_on')
  return {
    ...said,
    status: 'given',
    onward: 'none',
    method: form.text('method') ?? '',
    language: visit.language,
    notice: { version: NOTICE_VERSION, sha256: noticeHash(visit.language) },
    interpreter: form.text('interpreter') === 'yes',
    ...(state === undefined || relation === undefined ? {} : { guardian: { state, relation } }),
    ...(form.text('assent') === 'yes' ? { assent: true } : {}),
    ...(birthday === undefined ? {} : { turns_18_on: birthday }),
  }
}
