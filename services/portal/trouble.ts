import { HubError } from '../../src/client/http.ts'
import type { Trouble } from './parts/trouble.tsx'
import { wrongOf } from './wrong-of.ts'

/** The field of a form that an error of the API is about: `/program/jwk` is the field `jwk`. */
const nameOf = (field: string): string => field.split(/[/.]/).findLast(isName) ?? field
const isName = (part: string): boolean => part !== '' && !/^\d+$/.test(part)

/**
 * What the form can cure, or where to prove anew who one is, coming back to `back`.
 * @throws whatever is neither
 */
export const troubleOf = (error: unknown, field: string, back: string): Trouble => {
  if (error instanceof HubError && error.code === 'step_up_needed') {
    const page = String(error.problem['page'])
    return { wrong: [], again: `${page}?return_to=${encodeURIComponent(back)}` }
  }
  const wrong = wrongOf(error, field).map((each) => ({ ...each, field: nameOf(each.field) }))
  return { wrong, again: null }
}
