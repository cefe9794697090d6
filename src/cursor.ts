import { Problem } from './problem.ts'
import { isStorable } from './storable.ts'

/** A place in an ordered list, opaque to the caller: the sort key of the last item given. */
export type Place = readonly (string | number)[]

/** `number` is a Postgres integer. */
type Kind = 'string' | 'number' | 'uuid' | 'instant'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const INT4_MAX = 2_147_483_647

/** As the hub writes instants: UTC, milliseconds. */
const isInstant = (part: string): boolean => {
  const at = new Date(part)
  return !Number.isNaN(at.getTime()) && at.toISOString() === part
}

const isOf = (part: unknown, kind: Kind | undefined): boolean => {
  if (kind === 'number') return Number.isInteger(part) && Math.abs(part as number) <= INT4_MAX
  if (kind === 'uuid') return typeof part === 'string' && UUID.test(part)
  if (kind === 'instant') return typeof part === 'string' && isInstant(part)
  return kind === 'string' && typeof part === 'string' && isStorable(part)
}

export const cursorOf = (place: Place): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** @throws Problem invalid_request when it is not a cursor with these kinds of parts */
export const placeOf = (cursor: string, kinds: readonly Kind[]): Place => {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(place) &&
      place.length === kinds.length &&
      place.every((part, index) => isOf(part, kinds[index]))
    ) {
      return place as Place
    }
  } catch {
    // Not JSON: answered below like any other cursor that the hub did not make.
  }
  throw new Problem('invalid_request', {
    errors: [
      {
        field: 'after',
        message: {
          id: 'Bukan penanda halaman dari hub ini; mulai lagi dari halaman pertama.',
          en: 'It is not a page marker of this hub; begin again at the first page.',
        },
      },
    ],
  })
}
