import { Type, type Static } from 'typebox'
import { AGE_BANDS, CATEGORIES, Id, NEEDS, oneOf, PURPOSES, URGENCIES, Version } from './codes.ts'

/** The shapes of the directory: agencies, what their services can take, and who can take this. */
const CLOSED = { additionalProperties: false } as const

/** One line of text: no control characters, which Postgres and people cannot read. */
const LINE = '^[^\\u0000-\\u001f\\u007f]*$'

export const AGENCY_KINDS = [
  'embassy_shelter',
  'ministry',
  'migrant_protection',
  'womens_protection',
  'social_affairs',
  'shelter',
  'health',
  'psychosocial',
  'legal_aid',
  'vocational',
  'police',
  'ngo',
] as const
export type AgencyKind = (typeof AGENCY_KINDS)[number]

/** HTCDS 2.0 `prs_Gender`; a test holds this list and the standard's together. */
export const GENDERS = [
  'Feminine',
  'Masculine',
  'TransgenderFeminine',
  'TransgenderMasculine',
  'NonConforming',
  'NonSpecifiedUnknown',
] as const
export type Gender = (typeof GENDERS)[number]

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

const OpenRange = Type.Object(
  {
    open: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }),
    close: Type.String({
      pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
      description: 'Later than open; 24:00 is midnight. A night is two ranges on two days',
    }),
  },
  CLOSED,
)
const Ranges = Type.Optional(Type.Array(OpenRange, { maxItems: 4 }))
/** Opening hours in local time, ranges in order and apart; an absent day is closed. */
export const Hours = Type.Object(
  { mon: Ranges, tue: Ranges, wed: Ranges, thu: Ranges, fri: Ranges, sat: Ranges, sun: Ranges },
  CLOSED,
)
export type Hours = Static<typeof Hours>

/** A calendar day, in the agency's own time zone, on which it is closed all day. */
const Holiday = Type.Object(
  {
    day: Type.String({ format: 'date', pattern: '^2[0-9]{3}-' }),
    name: Type.String({ minLength: 2, maxLength: 80, pattern: LINE }),
  },
  CLOSED,
)
/** In order of day, each day once. */
export const Holidays = Type.Array(Holiday, { maxItems: 200 })
export type Holidays = Static<typeof Holidays>

/** Where something is: a province (31), a regency or city (31.71), or a country abroad (MY). */
export const Place = Type.String({
  pattern: '^([0-9]{2}(\\.[0-9]{2})?|[A-Z]{2})$',
  description:
    'Province 31, regency or city 31.71 (Ministry of Home Affairs), or ISO 3166-1 alpha-2',
})
/** What is served: as Place, or `*` for the whole of Indonesia. A province covers its regencies. */
const ServedPlace = Type.String({ pattern: '^(\\*|[0-9]{2}(\\.[0-9]{2})?|[A-Z]{2})$' })

const Name = Type.String({ minLength: 2, maxLength: 120, pattern: LINE })
const Summary = Type.String({ maxLength: 500, pattern: LINE })
export const LanguageCode = Type.String({ pattern: '^[a-z]{2,3}$', description: 'ISO 639' })
const set = { uniqueItems: true, maxItems: 100 } as const

const Phone = Type.String({ pattern: '^\\+[1-9][0-9]{5,14}$', description: 'E.164' })

/** A desk that answers, never a person by name. */
const Contact = Type.Object(
  {
    title_id: Name,
    title_en: Name,
    phone: Type.Union([Phone, Type.Null()]),
    email: Type.Union([
      Type.String({ format: 'email', maxLength: 254, pattern: LINE }),
      Type.Null(),
    ]),
  },
  CLOSED,
)
export const Contacts = Type.Array(Contact, { maxItems: 10 })
export type Contacts = Static<typeof Contacts>

/** One row of `directory.agency`. There is no address: an agency is reached through the hub. */
export const Agency = Type.Object(
  {
    id: Id,
    name_id: Name,
    name_en: Name,
    kind: oneOf(AGENCY_KINDS),
    area: Place,
    time_zone: Type.String({ maxLength: 40, description: 'IANA name, such as Asia/Makassar' }),
    hours: Hours,
    holidays: Holidays,
    phone: Type.Union([Phone, Type.Null()], {
      description: 'Of an office, E.164; null for a confidential agency',
    }),
    contacts: Contacts,
    confidential: Type.Boolean(),
    active: Type.Boolean(),
    version: Version,
  },
  CLOSED,
)
export type Agency = Static<typeof Agency>

/** One row of `directory.service`: something that an agency can be asked to do. */
export const Service = Type.Object(
  {
    id: Id,
    agency: Id,
    stage: oneOf(PURPOSES),
    name_id: Name,
    name_en: Name,
    summary_id: Summary,
    summary_en: Summary,
    areas: Type.Array(ServedPlace, { ...set, minItems: 1, maxItems: 600 }),
    urgencies: Type.Array(oneOf(URGENCIES), { ...set, minItems: 1 }),
    needs: Type.Array(oneOf(NEEDS), { ...set, description: 'Needs that it can meet' }),
    languages: Type.Array(LanguageCode, { ...set, minItems: 1 }),
    age_bands: Type.Array(oneOf(AGE_BANDS), { ...set, description: 'Empty: any age' }),
    genders: Type.Array(oneOf(GENDERS), { ...set, description: 'Empty: any gender' }),
    minimum_categories: Type.Array(oneOf(CATEGORIES), {
      ...set,
      description: 'Data categories without which it cannot take a referral',
    }),
    always_open: Type.Boolean({ description: 'Takes referrals at every hour' }),
    active: Type.Boolean(),
    version: Version,
  },
  CLOSED,
)
export type Service = Static<typeof Service>

const OpenNow = Type.Boolean({ description: 'Open at this moment, in its own time zone' })

export const AgencyRead = Type.Object({ ...Agency.properties, open_now: OpenNow }, CLOSED)
export type AgencyRead = Static<typeof AgencyRead>

export const ServiceRead = Type.Object(
  {
    ...Service.properties,
    agency_name_id: Name,
    agency_name_en: Name,
    confidential: Type.Boolean(),
    time_zone: Agency.properties.time_zone,
    open_now: OpenNow,
  },
  CLOSED,
)
export type ServiceRead = Static<typeof ServiceRead>

/** What a question about services can ask; each that was asked and met is named in `fits`. */
export const CRITERIA = [
  'stage',
  'area',
  'urgency',
  'needs',
  'language',
  'age_band',
  'gender',
] as const
export type Criterion = (typeof CRITERIA)[number]

export const AREA_MATCHES = ['regency', 'province', 'country'] as const

export const ServiceFound = Type.Object(
  {
    ...ServiceRead.properties,
    fits: Type.Array(oneOf(CRITERIA)),
    area_match: Type.Union([oneOf(AREA_MATCHES), Type.Null()], {
      description: 'How near: the regency itself, its province, or the whole country',
    }),
  },
  CLOSED,
)
export type ServiceFound = Static<typeof ServiceFound>

export const ServiceQuery = Type.Object(
  {
    stage: Type.Optional(oneOf(PURPOSES)),
    area: Type.Optional(Place),
    urgency: Type.Optional(oneOf(URGENCIES)),
    needs: Type.Optional(Type.Array(oneOf(NEEDS), { maxItems: NEEDS.length })),
    language: Type.Optional(LanguageCode),
    age_band: Type.Optional(oneOf(AGE_BANDS)),
    gender: Type.Optional(oneOf(GENDERS)),
    agency: Type.Optional(Id),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  CLOSED,
)
export type ServiceQuery = Static<typeof ServiceQuery>

export const NewAgency = Type.Pick(
  Agency,
  ['name_id', 'name_en', 'kind', 'area', 'time_zone', 'hours', 'phone', 'confidential'],
  CLOSED,
)
export type NewAgency = Static<typeof NewAgency>

/** `version` is the version that was read: the change is refused when it is no longer current. */
export const AgencyHours = Type.Pick(Agency, ['time_zone', 'hours', 'phone', 'version'], CLOSED)
export type AgencyHours = Static<typeof AgencyHours>

export const AgencyHolidays = Type.Pick(Agency, ['holidays', 'version'], CLOSED)
export type AgencyHolidays = Static<typeof AgencyHolidays>

export const AgencyContacts = Type.Pick(Agency, ['contacts', 'version'], CLOSED)
export type AgencyContacts = Static<typeof AgencyContacts>

/** What the hub says about an agency. An agency that is not active can be sent nothing. */
export const ChangedAgency = Type.Pick(
  Agency,
  ['name_id', 'name_en', 'kind', 'area', 'confidential', 'active', 'version'],
  CLOSED,
)
export type ChangedAgency = Static<typeof ChangedAgency>

const SERVICE_FIELDS = [
  'stage',
  'name_id',
  'name_en',
  'summary_id',
  'summary_en',
  'areas',
  'urgencies',
  'needs',
  'languages',
  'age_bands',
  'genders',
  'minimum_categories',
  'always_open',
] as const
export const NewService = Type.Pick(Service, [...SERVICE_FIELDS], CLOSED)
export type NewService = Static<typeof NewService>

/** The whole service as it shall be. `version` is the version that was read. */
export const ChangedService = Type.Pick(Service, [...SERVICE_FIELDS, 'active', 'version'], CLOSED)
export type ChangedService = Static<typeof ChangedService>

const pageOf = <T extends typeof AgencyRead | typeof ServiceFound>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) }, CLOSED)
export const AgencyPage = pageOf(AgencyRead)
export const ServicePage = pageOf(ServiceFound)
