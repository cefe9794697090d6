import { DateTime } from 'luxon'
import type { CapacityRead } from '../../../src/contracts/capacity.ts'
import type { AgeBand } from '../../../src/contracts/codes.ts'
import {
  WEEKDAYS,
  type Agency,
  type Hours,
  type Service,
} from '../../../src/contracts/directory.ts'
import type { Document } from './rows.ts'
import { columnOf, derivedId, placeId, TAXONOMY_NAMES, termDocument } from './taxonomies.ts'

/** What is needed to publish one service of the hub. */
export interface OwnService {
  readonly service: Service
  readonly agency: Agency
  readonly places: readonly CapacityRead[]
  readonly changed_at: string
}

const BYDAY = {
  mon: 'MO',
  tue: 'TU',
  wed: 'WE',
  thu: 'TH',
  fri: 'FR',
  sat: 'SA',
  sun: 'SU',
} as const
const ALL_DAY: Hours = Object.fromEntries(
  WEEKDAYS.map((day) => [day, [{ open: '00:00', close: '24:00' }]]),
)

/** One schedule for each pair of times, with all the days that have it. */
const schedulesOf = (owner: string, hours: Hours, agency: Agency): Document[] => {
  const days = new Map<string, string[]>()
  for (const day of WEEKDAYS) {
    for (const { open, close } of hours[day] ?? []) {
      const times = `${open} ${close === '24:00' ? '23:59' : close}`
      days.set(times, [...(days.get(times) ?? []), BYDAY[day]])
    }
  }
  const closed = agency.holidays.map((holiday) => `${holiday.day} ${holiday.name}`).join('; ')
  return [...days].map(([times, byday]) => {
    const [opens_at, closes_at] = times.split(' ')
    return {
      id: derivedId('schedule', owner, times),
      freq: 'WEEKLY',
      byday: byday.join(','),
      opens_at,
      closes_at,
      timezone: DateTime.now().setZone(agency.time_zone).offset / 60,
      ...(closed === '' ? {} : { notes: `Tutup: ${closed}` }),
    }
  })
}

const AGES: Readonly<Record<AgeBand, readonly [number, number] | null>> = {
  under_12: [0, 11],
  from_12_to_17: [12, 17],
  from_18_to_24: [18, 24],
  from_25_to_39: [25, 39],
  from_40_to_59: [40, 59],
  from_60: [60, 150],
  unknown: null,
}

/** The youngest and the oldest that it takes; nothing when any age is taken. */
const agesOf = (bands: readonly AgeBand[]): Document => {
  const ages = bands.flatMap((band) => [AGES[band] ?? []]).filter((range) => range.length === 2)
  if (ages.length === 0) return {}
  const oldest = Math.max(...ages.map(([, to = 0]) => to))
  return {
    minimum_age: Math.min(...ages.map(([from = 0]) => from)),
    ...(oldest >= 150 ? {} : { maximum_age: oldest }),
  }
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language' })

const areaName = (area: string): string => {
  if (area === '*') return 'Indonesia'
  return /^[A-Z]/.test(area) ? area : `Indonesia, Kemendagri ${area}`
}

const phoneOf = (owner: string, number: string): Document => ({
  id: derivedId('phone', owner, number),
  number,
  type: 'voice',
})

/** Offices alone have one; where a confidential agency is, is said nowhere. */
const locationOf = (agency: Agency): Document => ({
  id: derivedId('location', agency.id),
  location_type: 'physical',
  name: agency.name_id,
  alternate_name: agency.name_en,
  description: areaName(agency.area),
  schedules: schedulesOf(derivedId('location', agency.id), agency.hours, agency),
})

/** An agency of the hub, without what it offers. */
export const organizationDocument = (agency: Agency): Document => ({
  id: agency.id,
  name: agency.name_id,
  alternate_name: agency.name_en,
  description: `${agency.kind.replaceAll('_', ' ')}; ${areaName(agency.area)}`,
  ...(agency.confidential
    ? {}
    : {
        phones: agency.phone === null ? [] : [phoneOf(agency.id, agency.phone)],
        contacts: agency.contacts.map((contact, index) => ({
          id: derivedId('contact', agency.id, String(index)),
          name: contact.title_id,
          title: contact.title_en,
          ...(contact.email === null ? {} : { email: contact.email }),
          ...(contact.phone === null
            ? {}
            : { phones: [phoneOf(`${agency.id}:${index}`, contact.phone)] }),
        })),
        locations: [locationOf(agency)],
      }),
})

const attributesOf = (service: Service): Document[] =>
  TAXONOMY_NAMES.flatMap((name) => {
    const codes = service[columnOf(name)]
    return (typeof codes === 'string' ? [codes] : codes).map((code) => ({
      id: derivedId('attribute', service.id, name, code),
      link_type: name,
      link_entity: 'service',
      value: code,
      taxonomy_term: termDocument(name, code),
    }))
  })

const unitName = { bed: 'Bed', hour: 'Hour', place: 'Place' } as const

const capacityDocument = (places: CapacityRead): Document => ({
  id: derivedId('capacity', places.service, places.unit),
  unit: { id: derivedId('unit', places.unit), name: unitName[places.unit] },
  available: places.free,
  maximum: places.maximum,
  updated: places.as_of,
  description: `${places.freshness_state}, ${places.held} held for referrals being decided`,
})

/** A service of the hub with its organization, as HSDS nests it. */
export const serviceDocument = ({ service, agency, places, changed_at }: OwnService): Document => {
  const hours = service.always_open ? ALL_DAY : agency.hours
  const pick = ([code]: readonly string[], text: string): string => (code === undefined ? '' : text)
  const eligible = [
    pick(service.genders, `Gender: ${service.genders.join(', ')}.`),
    pick(service.age_bands, `Umur: ${service.age_bands.join(', ')}.`),
  ].filter((text) => text !== '')
  return {
    id: service.id,
    name: service.name_id,
    alternate_name: service.name_en,
    description: service.summary_id === '' ? service.name_id : service.summary_id,
    status: service.active ? 'active' : 'inactive',
    application_process: 'Rujukan lewat hub Titian. Referral through the Titian hub.',
    ...(eligible.length === 0 ? {} : { eligibility_description: eligible.join(' ') }),
    ...agesOf(service.age_bands),
    last_modified: new Date(changed_at).toISOString(),
    organization: organizationDocument(agency),
    schedules: schedulesOf(service.id, hours, agency),
    service_areas: service.areas.map((area) => ({
      id: derivedId('area', service.id, area),
      name: areaName(area),
      extent: area,
      extent_type: 'text',
    })),
    languages: service.languages.map((code) => ({
      id: derivedId('language', service.id, code),
      code,
      name: languageNames.of(code) ?? code,
    })),
    service_at_locations: agency.confidential
      ? []
      : [{ id: placeId(service.id), location: locationOf(agency) }],
    capacities: places.map(capacityDocument),
    attributes: attributesOf(service),
  }
}
