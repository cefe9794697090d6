import type { Role } from '../src/contracts/codes.ts'
import type { Agency, Hours, Service } from '../src/contracts/directory.ts'

/**
 * A fictional network for demonstrations. No agency, person, telephone number or place is real:
 * provinces 97 to 99 and country XA do not exist, and +999 is assigned to nobody.
 */
export const DEMO_AREAS: Readonly<Record<string, string>> = {
  '97': 'Provinsi Contoh Barat',
  '97.01': 'Kota Contoh Pelabuhan',
  '98': 'Provinsi Contoh Tengah',
  '98.01': 'Kabupaten Contoh Melati',
  '98.02': 'Kabupaten Contoh Anggrek',
  '99': 'Provinsi Contoh Timur',
  '99.01': 'Kabupaten Contoh Kenari',
  XA: 'Negara Contoh',
}

export interface DemoPerson {
  readonly id: string
  readonly display_name: string
  readonly role: Role
}

export interface DemoAgency<Key extends string = string> {
  readonly key: Key
  readonly agency: Agency
  /** Its program: the id of its OAuth client, which has every scope. */
  readonly client: string
  readonly services: readonly Service[]
  readonly people: readonly DemoPerson[]
}

const weekdays = (open: string, close: string): Hours => ({
  mon: [{ open, close }],
  tue: [{ open, close }],
  wed: [{ open, close }],
  thu: [{ open, close }],
  fri: [
    { open, close: '11:30' },
    { open: '13:00', close },
  ],
})
const OFFICE = weekdays('08:00', '16:00')
export const LONG_DAY: Hours = {
  ...weekdays('08:00', '20:00'),
  sat: [{ open: '09:00', close: '14:00' }],
}

/** Fixed ids, so that a demonstration reads the same everywhere. */
export const demoId = (kind: 'a' | 'b' | 'c', agency: number, item: number): string => {
  const tail = String(agency).padStart(2, '0') + String(item).padStart(2, '0')
  return `${kind}0000000-0000-4000-8000-00000000${tail}`
}

const STAFF: readonly (readonly [Role, string])[] = [
  ['intake_worker', 'Petugas Penerima'],
  ['case_worker', 'Pekerja Kasus'],
  ['supervisor', 'Penyelia'],
  ['reviewer', 'Peninjau'],
]
const FIRST_NAMES = ['Ayu', 'Bima', 'Citra', 'Dimas', 'Endah', 'Fajar', 'Gita', 'Hasan', 'Intan']

const staffOf = (agency: number): DemoPerson[] =>
  STAFF.map(([role, title], index) => {
    const firstName = FIRST_NAMES[(agency * STAFF.length + index) % FIRST_NAMES.length]
    const display_name = `${firstName} Contoh (${title})`
    return { id: demoId('b', agency, index + 1), display_name, role }
  })

type Facts = Pick<Service, 'stage' | 'name_id' | 'name_en' | 'areas'> & Partial<Service>

/** A service as the data file writes it; the rest has defaults. */
export const offers = (
  stage: Service['stage'],
  name_id: string,
  name_en: string,
  areas: Service['areas'],
  facts: Partial<Service> = {},
): Facts => ({ stage, name_id, name_en, areas, ...facts })

const serviceOf = (agency: number, index: number, facts: Facts): Service => ({
  summary_id: 'Layanan fiktif untuk peragaan, tanpa biaya.',
  summary_en: 'A fictional service for demonstrations, free of charge.',
  urgencies: ['urgent', 'normal'],
  needs: ['female_staff'],
  languages: ['id'],
  age_bands: [],
  genders: [],
  minimum_categories: [],
  always_open: false,
  active: true,
  version: 1,
  ...facts,
  id: demoId('c', agency, index + 1),
  agency: demoId('a', agency, 0),
})

type AgencyFacts = Pick<Agency, 'name_id' | 'name_en' | 'kind' | 'area' | 'time_zone'> &
  Partial<Agency>

export const named = (
  name_id: string,
  name_en: string,
  kind: Agency['kind'],
  area: string,
  time_zone: 'Asia/Jakarta' | 'Asia/Makassar' | 'Asia/Jayapura',
) => ({ name_id, name_en, kind, area, time_zone })

export const demoAgency = <const Key extends string>(
  number: number,
  key: Key,
  facts: AgencyFacts,
  services: readonly Facts[],
): DemoAgency<Key> => ({
  key,
  agency: {
    hours: OFFICE,
    holidays: [],
    contacts: [],
    phone: `+9990000${String(number).padStart(4, '0')}`,
    confidential: false,
    active: true,
    version: 1,
    ...facts,
    id: demoId('a', number, 0),
  },
  client: `contoh-${key.replaceAll('_', '-')}`,
  services: services.map((service, index) => serviceOf(number, index, service)),
  people: staffOf(number),
})
