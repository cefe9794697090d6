import { DateTime } from 'luxon'
import type { Language } from '../../src/problem.ts'

const ZONE_NAMES: Readonly<Record<string, string>> = {
  'Asia/Jakarta': 'WIB',
  'Asia/Pontianak': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Jayapura': 'WIT',
}

/** Zone of those who work for no agency. */
export const HUB_ZONE = 'Asia/Jakarta'

const zoneNameOf = (at: DateTime, zone: string): string =>
  ZONE_NAMES[zone] ?? `UTC${at.toFormat('Z')}`

/** What a time zone is called in Indonesia, or how far it is from UTC. */
export const zoneName = (zone: string): string => zoneNameOf(DateTime.now().setZone(zone), zone)

/** Writes instants in the reader's own time zone, which every time names. */
export interface When {
  readonly zone: string
  /** 24 Nov 2026, 09.10 WIB */
  full(instant: string): string
  /** 24 November 2026 */
  day(instant: string): string
  /** Today 09.10 WIB, or the full form on other days. */
  near(instant: string): string
}

export const whenIn = (language: Language, zone: string, today: (time: string) => string): When => {
  const of = (instant: string): DateTime =>
    DateTime.fromISO(instant, { zone }).setLocale(language === 'id' ? 'id-ID' : 'en-GB')
  const clock = (at: DateTime): string =>
    `${at.toFormat(language === 'id' ? 'HH.mm' : 'HH:mm')} ${zoneNameOf(at, zone)}`
  const full = (instant: string): string => {
    const at = of(instant)
    return `${at.toFormat('d LLL yyyy')}, ${clock(at)}`
  }
  return {
    zone,
    full,
    day: (instant) => of(instant).toFormat('d LLLL yyyy'),
    near: (instant) => {
      const at = of(instant)
      const isToday = at.hasSame(DateTime.now().setZone(zone), 'day')
      return isToday ? today(clock(at)) : full(instant)
    },
  }
}
