import { and, asc, eq, sql, type SQL } from 'drizzle-orm'
import { boolean, integer, jsonb, pgSchema, text, uuid } from 'drizzle-orm/pg-core'
import type { AgeBand, Category, Need, Purpose, Urgency } from '../../src/contracts/codes.ts'
import type {
  Agency,
  AgencyKind,
  AgencyRead,
  Contacts,
  Holidays,
  Hours,
  Service,
  ServiceRead,
} from '../../src/contracts/directory.ts'
import type { Tx } from '../../src/db.ts'
import { isOpenAt } from './hours.ts'

export const directory = pgSchema('directory')

export const agency = directory.table('agency', {
  id: uuid().primaryKey(),
  name_id: text().notNull(),
  name_en: text().notNull(),
  kind: text().$type<AgencyKind>().notNull(),
  area: text().notNull(),
  time_zone: text().notNull(),
  hours: jsonb().$type<Hours>().notNull(),
  holidays: jsonb().$type<Holidays>().notNull().default([]),
  phone: text(),
  contacts: jsonb().$type<Contacts>().notNull().default([]),
  confidential: boolean().notNull().default(false),
  active: boolean().notNull().default(true),
  version: integer().notNull().default(1),
} satisfies Record<keyof Agency, unknown>)

export const service = directory.table('service', {
  id: uuid().primaryKey(),
  agency: uuid()
    .notNull()
    .references(() => agency.id),
  stage: text().$type<Purpose>().notNull(),
  name_id: text().notNull(),
  name_en: text().notNull(),
  summary_id: text().notNull(),
  summary_en: text().notNull(),
  areas: text().array().notNull(),
  urgencies: text().array().$type<Urgency[]>().notNull(),
  needs: text().array().$type<Need[]>().notNull(),
  languages: text().array().notNull(),
  age_bands: text().array().$type<AgeBand[]>().notNull(),
  genders: text().array().$type<Service['genders']>().notNull(),
  minimum_categories: text().array().$type<Category[]>().notNull(),
  always_open: boolean().notNull().default(false),
  active: boolean().notNull().default(true),
  version: integer().notNull().default(1),
} satisfies Record<keyof Service, unknown>)

export const readAgency = (row: Agency, instant: Date): AgencyRead => ({
  ...row,
  open_now: isOpenAt(row, instant),
})

export interface ServiceRow {
  readonly service: Service
  readonly agency: Agency
}

export const readService = (row: ServiceRow, instant: Date): ServiceRead => ({
  ...row.service,
  agency_name_id: row.agency.name_id,
  agency_name_en: row.agency.name_en,
  confidential: row.agency.confidential,
  time_zone: row.agency.time_zone,
  open_now: row.service.always_open || isOpenAt(row.agency, instant),
})

export const agencyById = async (tx: Tx, id: string): Promise<Agency | null> => {
  const [row] = await tx.select().from(agency).where(eq(agency.id, id))
  return row ?? null
}

export const serviceById = async (tx: Tx, id: string): Promise<ServiceRow | null> => {
  const [row] = await tx
    .select({ service, agency })
    .from(service)
    .innerJoin(agency, eq(agency.id, service.agency))
    .where(eq(service.id, id))
  return row ?? null
}

/** Active services of active agencies, nearest first, then by name. `rank` is 0, 1 or 2. */
export const findServices = (
  tx: Tx,
  rank: SQL<number>,
  where: readonly SQL[],
  limit: number,
): Promise<(ServiceRow & { rank: number })[]> =>
  tx
    .select({ service, agency, rank })
    .from(service)
    .innerJoin(agency, eq(agency.id, service.agency))
    .where(and(sql`${service.active}`, sql`${agency.active}`, ...where))
    .orderBy(asc(rank), asc(service.name_id), asc(service.id))
    .limit(limit)
