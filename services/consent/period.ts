import { DateTime } from 'luxon'
import { CONSENT_MONTHS, SENSITIVE_MONTHS } from '../../src/contracts/consent.ts'
import { Problem } from '../../src/problem.ts'

/** When a statement stops permitting: all of it, and its extra sensitive categories. */
export interface Period {
  readonly startsAt: Date
  readonly endsAt: Date
  readonly sensitiveEndsAt: Date
  /** The period was left open: it also ends when the last referral that it served is closed. */
  readonly untilClosed: boolean
}

/** A birthday begins first in the east of Indonesia: on it a guardian's consent ends everywhere. */
const EASTERNMOST = 'Asia/Jayapura'

const monthsAfter = (now: Date, months: number): Date =>
  DateTime.fromJSDate(now, { zone: 'utc' }).plus({ months }).toJSDate()

const earliest = (...dates: readonly Date[]): Date =>
  new Date(Math.min(...dates.map((date) => date.getTime())))

/** The instant at which a guardian can no longer consent. `day` is the 18th birthday. */
export const adultFrom = (day: string): Date =>
  DateTime.fromISO(day, { zone: EASTERNMOST }).toJSDate()

const wrongEnd = (field: string, id: string, en: string): Problem =>
  new Problem('invalid_request', { errors: [{ field, message: { id, en } }] })

/**
 * The period of a statement that is made now. `isOfUnknownAge`: a guardian consents, and nobody knows
 * until when; it is asked again as soon as for what is extra sensitive.
 * @throws Problem invalid_request when it would end in the past, or too far ahead
 */
export const periodOf = (
  asked: { ends_at?: string; turns_18_on?: string },
  isOfUnknownAge: boolean,
  now: Date,
): Period => {
  const last = monthsAfter(now, CONSENT_MONTHS)
  const wanted = asked.ends_at === undefined ? last : new Date(asked.ends_at)
  if (wanted <= now || wanted > last) {
    throw wrongEnd(
      'ends_at',
      `Pilih waktu sesudah sekarang, paling lambat ${last.toISOString()}.`,
      `Choose a time after now and no later than ${last.toISOString()}.`,
    )
  }
  const grown = asked.turns_18_on === undefined ? last : adultFrom(asked.turns_18_on)
  if (grown <= now) {
    throw wrongEnd(
      'turns_18_on',
      'Sudah berumur 18 tahun: wali tidak dapat menyetujui lagi. Perbaiki umur pada kasus.',
      'Already 18: a guardian can consent no more. Correct the age band of the case.',
    )
  }
  const soon = monthsAfter(now, SENSITIVE_MONTHS)
  const isOpenEnded = isOfUnknownAge && asked.turns_18_on === undefined
  const endsAt = earliest(wanted, grown, ...(isOpenEnded ? [soon] : []))
  return {
    startsAt: now,
    endsAt,
    sensitiveEndsAt: earliest(endsAt, soon),
    untilClosed: asked.ends_at === undefined,
  }
}
