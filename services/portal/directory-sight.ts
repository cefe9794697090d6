import { DateTime } from 'luxon'
import type { Static } from 'typebox'
import type { CapacityList } from '../../src/contracts/capacity.ts'
import {
  WEEKDAYS,
  type AgencyRead,
  type Hours,
  type ServicePage,
  type ServiceRead,
} from '../../src/contracts/directory.ts'
import { placeSight, type PlaceSight } from './place-sight.ts'
import type { SignedVisit } from './visit.ts'
import { zoneName } from './when.ts'
import { languageName, nameIn } from './names.ts'

/** A service of the directory, in words. */
export interface ServiceSight {
  readonly service: ServiceRead
  readonly name: string
  readonly agency: string
  readonly summary: string
  readonly areas: string
  readonly languages: string
  readonly places: readonly PlaceSight[]
}

export interface AgencySight {
  readonly agency: AgencyRead
  readonly name: string
  /** Where it is; of a confidential agency only what it serves. */
  readonly area: string
  /** Of its hours, such as WITA. */
  readonly zone: string
  readonly hours: readonly { readonly day: (typeof WEEKDAYS)[number]; readonly text: string }[]
  readonly contacts: readonly { readonly title: string; readonly lines: readonly string[] }[]
  readonly holidays: readonly { readonly day: string; readonly name: string }[]
  readonly services: readonly ServiceSight[]
}

/** What a service is called, whose it is, what it does and where. */
export const serviceWords = ({ language, names }: SignedVisit, service: ServiceRead) => ({
  name: nameIn(language, service),
  agency: language === 'id' ? service.agency_name_id : service.agency_name_en,
  summary: language === 'id' ? service.summary_id : service.summary_en,
  areas: service.areas.map((code) => names.area(code)).join(', '),
})

export const serviceSight = (
  visit: SignedVisit,
  service: ServiceRead,
  places: readonly PlaceSight[] = [],
): ServiceSight => ({
  service,
  ...serviceWords(visit, service),
  languages: service.languages.map((code) => languageName(visit.language, code)).join(', '),
  places,
})

export const placesOf = async (visit: SignedVisit, id: string): Promise<readonly PlaceSight[]> => {
  const path = `/v1/directory/services/${id}/capacity`
  const { items } = await visit.api.get<Static<typeof CapacityList>>(path)
  return items.map((row) => placeSight(visit, row))
}

const hoursOf = (hours: Hours): AgencySight['hours'] =>
  WEEKDAYS.map((day) => ({
    day,
    text: (hours[day] ?? []).map(({ open, close }) => `${open}–${close}`).join(', '),
  }))

/** Every service of one agency. */
export const servicesOf = async (
  visit: SignedVisit,
  agency: string,
): Promise<readonly ServiceRead[]> => {
  const path = `/v1/directory/services?agency=${agency}&limit=100`
  return (await visit.api.get<Static<typeof ServicePage>>(path)).items
}

const MOST_HOLIDAYS = 5

export const agencySight = async (visit: SignedVisit, agency: AgencyRead): Promise<AgencySight> => {
  const services = await servicesOf(visit, agency.id)
  // Its own day: in UTC it may still be yesterday there.
  const today = DateTime.now().setZone(agency.time_zone).toISODate() ?? ''
  return {
    agency,
    name: nameIn(visit.language, agency),
    area: visit.names.area(agency.area),
    zone: zoneName(agency.time_zone),
    hours: hoursOf(agency.hours),
    contacts: agency.contacts.map(({ title_id: id, title_en: en, phone, email }) => ({
      title: visit.language === 'id' ? id : en,
      lines: [phone, email].filter((line) => line !== null),
    })),
    holidays: agency.holidays
      .filter(({ day }) => day >= today)
      .slice(0, MOST_HOLIDAYS)
      .map(({ day, name }) => ({ day: visit.when.day(day), name })),
    services: services.map((service) => serviceSight(visit, service)),
  }
}
