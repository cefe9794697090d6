import {
  boolean,
  customType,
  date,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Category, Purpose, Stage } from '../../src/contracts/codes.ts'
import type { GapRule, Severity } from '../../src/contracts/gaps.ts'
import type { EntryDetails, EntryKind } from '../../src/contracts/pathway.ts'

const cases = pgSchema('cases')
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const instant = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })

/** `evaluated_at` and `due_at` are the rules' own: only SQL functions set them. */
export const pathway = cases.table('pathway', {
  case_id: uuid().primaryKey(),
  manager: text(),
  closed_at: instant(),
  close_reason: text(),
  evaluated_at: instant().notNull(),
  due_at: instant(),
})

export const entry = cases.table('entry', {
  id: uuid().primaryKey(),
  case_id: uuid().notNull(),
  kind: text().$type<EntryKind>().notNull(),
  version: integer().notNull().default(1),
  stage: text().$type<Stage>(),
  state: text(),
  happened_at: instant().notNull(),
  due_on: date({ mode: 'string' }),
  details: jsonb().$type<EntryDetails>().notNull(),
  author: text().notNull(),
  author_agency: uuid().notNull(),
  at: instant().notNull().defaultNow(),
  changed_at: instant().notNull().defaultNow(),
})
export type EntryRow = typeof entry.$inferSelect

export const entryBox = cases.table(
  'entry_box',
  {
    entry: uuid().notNull(),
    category: text().$type<Category>().notNull(),
    ciphertext: bytes().notNull(),
    wrapped_key: bytes(),
  },
  (table) => [primaryKey({ columns: [table.entry, table.category] })],
)

export const gap = cases.table('gap', {
  id: uuid().primaryKey(),
  case_id: uuid().notNull(),
  owner: uuid().notNull(),
  key: text().notNull(),
  rule: text().$type<GapRule>().notNull(),
  stage: text().$type<Purpose>(),
  referral: uuid(),
  severity: text().$type<Severity>().notNull(),
  rank: integer().notNull(),
  opened_at: instant().notNull(),
  closed_at: instant(),
})
export type GapRow = typeof gap.$inferSelect

export const gapSetting = cases.table('gap_setting', {
  rule: text().$type<GapRule>().primaryKey(),
  amounts: integer().array().notNull(),
  severity: text().$type<Severity>().notNull(),
  is_on: boolean().notNull(),
  version: integer().notNull(),
  set_by: text().notNull(),
  at: instant().notNull().defaultNow(),
})
