import { MINOR_AGE_BANDS, type AgeBand } from '../../src/contracts/codes.ts'
import type { NewStatement } from '../../src/contracts/consent.ts'
import { OTHER_BASES } from '../../src/contracts/lawful-basis.ts'
import { Problem } from '../../src/problem.ts'

/**
 * Whether a child's consent may be given so: an able guardian, the child's own assent, and the day on
 * which the guardian can consent no more, unless nobody knows the age. Refusing needs none of them.
 * @throws Problem; the refused attempt goes on the record
 */
export const checkGuardian = (ageBand: AgeBand, asked: NewStatement): void => {
  if (asked.status === 'refused') return
  const refuse = (code: string, extras: object = {}): Problem =>
    new Problem(code, {
      ...extras,
      refused: { outcome: 'refused', reason: code, subject: asked.case, object: asked.case },
    })
  if (!MINOR_AGE_BANDS.includes(ageBand)) {
    if (asked.guardian === undefined && asked.turns_18_on === undefined) return
    throw refuse('guardian_not_allowed')
  }
  if (asked.guardian === undefined) throw refuse('guardian_needed')
  const { state } = asked.guardian
  if (state !== 'able') {
    const members = { lawful_bases: OTHER_BASES }
    throw refuse('guardian_cannot_consent', { params: { state }, members })
  }
  if (asked.assent !== true) throw refuse('assent_missing')
  if (asked.turns_18_on === undefined && ageBand !== 'unknown') throw refuse('birthday_needed')
}
