import { newId } from '../../src/id.ts'
import type { Keys } from '../../src/keys.ts'
import type { StepBody } from '../../src/contracts/referral.ts'
import type { Question, QuestionAnswer, ReferralNote } from '../../src/contracts/referral-note.ts'
import { Problem, type FieldError } from '../../src/problem.ts'
import { notePlace, REFERRAL_SEAL, seal } from '../../src/seal.ts'

/** What goes with a step, as `referrals.move` stores it; the words sealed, base64. */
export interface NoteRow {
  readonly id: string
  readonly codes: readonly Question[] | readonly QuestionAnswer[] | null
  readonly ciphertext: string | null
  readonly wrapped_key: string | null
}

/** A row of `referrals.notes_of`. */
export interface NoteFound extends Record<string, unknown> {
  readonly id: string
  readonly verb: string
  readonly agency: string
  readonly codes: Question[] | QuestionAnswer[] | null
  readonly has_text: boolean
  readonly opens_for: string[]
  readonly at: string
}

const CATEGORY = {
  id: 'Sebut kategorinya bila topic adalah category; hanya saat itu.',
  en: 'Name the category when the topic is category, and only then.',
}

/** What a schema cannot say of questions and answers. @throws Problem invalid_request */
export const checkCodes = (body: StepBody): void => {
  const field = body.questions === undefined ? 'answers' : 'questions'
  const codes: readonly Question[] = body.questions ?? body.answers ?? []
  const errors: FieldError[] = codes.flatMap(({ topic, category }, index) =>
    (topic === 'category') === (category !== undefined)
      ? []
      : [{ field: `${field}.${index}.category`, message: CATEGORY }],
  )
  if (errors.length > 0) throw new Problem('invalid_request', { errors })
}

/** Null when nothing goes with the step. */
export const noteOf = (keys: Keys, referral: string, body: StepBody): NoteRow | null => {
  const codes = body.questions ?? body.answers ?? null
  if (codes === null && body.note === undefined) return null
  const id = newId()
  if (body.note === undefined) return { id, codes, ciphertext: null, wrapped_key: null }
  const words = Buffer.from(body.note)
  const box = seal(keys.derive(REFERRAL_SEAL), words, notePlace(referral, id))
  return {
    id,
    codes,
    ciphertext: box.ciphertext.toString('base64'),
    wrapped_key: box.wrappedKey.toString('base64'),
  }
}

export const presentNote = (row: NoteFound): ReferralNote => ({
  id: row.id,
  verb: row.verb,
  agency: row.agency,
  questions: row.verb === 'ask' ? row.codes : null,
  answers: row.verb === 'answer' ? (row.codes as QuestionAnswer[] | null) : null,
  has_text: row.has_text,
  opens_for: row.opens_for,
  at: new Date(row.at).toISOString(),
})
