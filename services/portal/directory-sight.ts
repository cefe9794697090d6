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
  readonly hours: readonly { readonly day: (typeof WEEKDAYS)[number]; readonly text: string }[]
  readonly contacts: readonly { readonly title: string; readonly lines: readonly string[] }[]
  readonly holidays: readonly { readonly day: string; readonly name: string }[]
  readonly services: readonly ServiceSight[]
}

export const serviceSight = (
  visit: SignedVisit,
  service: ServiceRead,
  places: readonly PlaceSight[] = [],
): ServiceSight => {
  const { language, names } = visit
  const isIndonesian = language === 'id'
  const tongues = new Intl.DisplayNames([language], { type: 'language' })
  return {
    service,
    name: isIndonesian ? service.name_id : service.name_en,
    agency: isIndonesian ? service.agency_name_id : service.agency_name_en,
    summary: isIndonesian ? service.summary_id : service.summary_en,
    areas: service.areas.map((code) => names.area(code)).join(', '),
    languages: service.languages.map((code) => tongues.of(code) ?? code).join(', '),
    places,
  }
}

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
  const isIndonesian = visit.language === 'id'
  const services = await servicesOf(visit, agency.id)
  const today = new Date().toISOString().slice(0, 10)
  return {
    agency,
    name: isIndonesian ? agency.name_id : agency.name_en,
    area: visit.names.area(agency.area),
    hours: hoursOf(agency.hours),
    contacts: agency.contacts.map(({ title_id: id, title_en: en, phone, email }) => ({
      title: isIndonesian ? id : en,
      lines: [phone, email].filter((line) => line !== null),
    })),
    holidays: agency.holidays
      .filter(({ day }) => day >= today)
      .slice(0, MOST_HOLIDAYS)
      .map(({ day, name }) => ({ day: visit.when.day(day), name })),
    services: services.map((service) => serviceSight(visit, service)),
  }
}
