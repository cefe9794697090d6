import { asc, eq, sql } from 'drizzle-orm'
import { boolean, integer, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import {
  MINOR_AGE_BANDS,
  type AgeBand,
  type Basis,
  type Category,
  type ConsentStatus,
  type ONWARD,
  type Purpose,
  type STOP_ANSWERS,
} from '../../src/contracts/codes.ts'
import type {
  GrantRead,
  StatementRead,
  StopOrderRead,
  WithdrawalRead,
} from '../../src/contracts/consent.ts'
import type { REVOKE_REASONS } from '../../src/contracts/lifecycle.ts'
import type { Tx } from '../../src/db.ts'
import { foreign } from '../../src/request.ts'
import { toldBy, type Told } from './stream.ts'

const consent = pgSchema('consent')
const instant = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 })
type Onward = (typeof ONWARD)[number]

export const statement = consent.table(
  'statement',
  {
    id: uuid().notNull(),
    version: integer().notNull(),
    case: uuid('case_id').notNull(),
    agency: uuid().notNull(),
    owner: uuid().notNull(),
    status: text().$type<ConsentStatus>().notNull(),
    recipients: uuid().array().notNull(),
    purposes: text().array().$type<Purpose[]>().notNull(),
    categories: text().array().$type<Category[]>().notNull(),
    onward: text().$type<Onward>().notNull(),
    starts_at: instant().notNull(),
    ends_at: instant().notNull(),
    body: text().notNull(),
    digest: text().notNull(),
    jws: text().notNull(),
    custody: text().$type<StatementRead['custody']>().notNull(),
    kid: text(),
    captured_by: text().notNull(),
    at: instant().notNull().defaultNow(),
  } satisfies Record<keyof StatementRead | 'owner' | 'kid', unknown>,
  (table) => [primaryKey({ columns: [table.id, table.version] })],
)

/** A version of a statement as made out to one recipient. */
export const statementCopy = consent.table(
  'statement_copy',
  {
    statement: uuid().notNull(),
    version: integer().notNull(),
    recipient: uuid().notNull(),
    agency: uuid().notNull(),
    jws: text().notNull(),
    digest: text().notNull(),
    kid: text(),
  },
  (table) => [primaryKey({ columns: [table.statement, table.version, table.recipient] })],
)

export const grant = consent.table('grant', {
  id: uuid().primaryKey(),
  case: uuid('case_id').notNull(),
  owner: uuid().notNull(),
  recipient: uuid().notNull(),
  purpose: text().$type<Purpose>().notNull(),
  basis: text().$type<Basis>().notNull().default('consent'),
  legal_reference: text(),
  statement: uuid(),
  statement_version: integer(),
  statement_digest: text(),
  categories: text().array().$type<Category[]>().notNull(),
  sensitive: text().array().$type<Category[]>().notNull(),
  ends_at: instant().notNull(),
  sensitive_ends_at: instant().notNull(),
  onward: text().$type<Onward>().notNull().default('none'),
  until_closed: boolean().notNull().default(false),
  by_guardian: boolean().notNull().default(false),
  approved_by: text(),
  inherited: boolean().notNull().default(false),
  distrusted_at: instant(),
  revoked_kid: text(),
  status: text().$type<'active' | 'revoked'>().notNull().default('active'),
  version: integer().notNull().default(1),
  at: instant().notNull().defaultNow(),
  ended_at: instant(),
} satisfies Record<
  | keyof GrantRead
  | 'owner'
  | 'inherited'
  | 'distrusted_at'
  | 'revoked_kid'
  | 'statement_digest'
  | 'at'
  | 'ended_at',
  unknown
>)

export const withdrawal = consent.table('withdrawal', {
  id: uuid().primaryKey(),
  case: uuid('case_id').notNull(),
  agency: uuid().notNull(),
  basis: text().$type<Basis>().notNull().default('consent'),
  scope: text().$type<(typeof REVOKE_REASONS)[number]>().notNull(),
  recipient: uuid(),
  purpose: text().$type<Purpose>(),
  category: text().$type<Category>(),
  actor: text().notNull(),
  at: instant().notNull().defaultNow(),
} satisfies Record<
  Exclude<keyof WithdrawalRead, 'holders' | 'confirmed' | 'orders' | 'told'> | 'agency' | 'actor',
  unknown
>)

export const stopOrder = consent.table('stop_order', {
  id: uuid().primaryKey(),
  withdrawal: uuid().notNull(),
  case: uuid('case_id').notNull(),
  owner: uuid().notNull(),
  holder: uuid().notNull(),
  referral: uuid().notNull(),
  categories: text().array().$type<Category[]>().notNull(),
  due_at: instant().notNull(),
  answer: text().$type<(typeof STOP_ANSWERS)[number]>(),
  legal_reference: text(),
  answered_by: text(),
  answered_at: instant(),
  at: instant().notNull().defaultNow(),
} satisfies Record<
  Exclude<keyof StopOrderRead, 'state'> | 'case' | 'withdrawal' | 'answered_by',
  unknown
>)

export type GrantRow = typeof grant.$inferSelect
export type StatementRow = typeof statement.$inferSelect
export type StopOrderRow = typeof stopOrder.$inferSelect
export type WithdrawalRow = typeof withdrawal.$inferSelect

export const readStatement = ({
  owner: _owner,
  kid: _kid,
  ...row
}: StatementRow): StatementRead => ({
  ...row,
  starts_at: row.starts_at.toISOString(),
  ends_at: row.ends_at.toISOString(),
  at: row.at.toISOString(),
})

/** How a grant stands at an instant, for a survivor who is a minor then or not. */
export const standingOf = (row: GrantRow, now: Date, isMinor: boolean): GrantRead['status'] => {
  if (row.status !== 'active') return row.status
  const isForThisAge = row.basis !== 'consent' || row.by_guardian === isMinor
  if (row.ends_at <= now || !isForThisAge) return 'ended'
  return row.distrusted_at === null ? 'active' : 'distrusted'
}

export const readGrant = (row: GrantRow, now: Date, isMinor: boolean): GrantRead => {
  const { owner: _owner, inherited: _inherited, statement_digest: _digest, ...known } = row
  const {
    at: _at,
    ended_at: _ended,
    distrusted_at: _distrusted,
    revoked_kid: _kid,
    ...fields
  } = known
  return {
    ...fields,
    ends_at: row.ends_at.toISOString(),
    sensitive_ends_at: row.sensitive_ends_at.toISOString(),
    status: standingOf(row, now, isMinor),
  }
}

export const readStopOrder = (row: StopOrderRow, now: Date): StopOrderRead => {
  const { case: _case, withdrawal: _withdrawal, answered_by: _by, ...fields } = row
  const isLate = row.due_at <= now
  return {
    ...fields,
    state: row.answer !== null ? 'answered' : isLate ? 'overdue' : 'waiting',
    due_at: row.due_at.toISOString(),
    answered_at: row.answered_at?.toISOString() ?? null,
    at: row.at.toISOString(),
  }
}

/** A withdrawal with its visible tally: of so many holders, so many have answered all they must. */
export const readWithdrawal = (
  row: WithdrawalRow,
  orders: readonly StopOrderRow[],
  told: Told,
  now: Date,
): WithdrawalRead => {
  const { agency: _agency, actor: _actor, ...fields } = row
  const holders = new Set(orders.map((order) => order.holder))
  const open = new Set(orders.filter((order) => order.answer === null).map((order) => order.holder))
  return {
    ...fields,
    at: row.at.toISOString(),
    holders: holders.size,
    confirmed: holders.size - open.size,
    orders: orders.map((order) => readStopOrder(order, now)),
    told: { ...told },
  }
}

/** A withdrawal of this transaction, as it is read. */
export const readTaken = async (tx: Tx, id: string, now: Date): Promise<WithdrawalRead> => {
  const [row] = await tx.select().from(withdrawal).where(eq(withdrawal.id, id))
  if (row === undefined) throw new Error('a withdrawal was not written')
  const orders = await tx
    .select()
    .from(stopOrder)
    .where(eq(stopOrder.withdrawal, id))
    .orderBy(asc(stopOrder.id))
  const told = await toldBy(tx, [id], now)
  return readWithdrawal(row, orders, told(id), now)
}
/**
 * What consent must know of a case of the caller's own agency. Changes to its consents wait for one
 * another from here on, and the case cannot change hands, until the transaction ends.
 * @throws Problem not_found for a foreign case and for none
 */
export const caseForConsent = async (
  tx: Tx,
  caseId: string,
  agency: string | null,
): Promise<{ age_band: AgeBand; isMinor: boolean; owner: string; cameByTransfer: boolean }> => {
  await tx.execute(sql`select consent.hold_case(${caseId})`)
  const [facts] = await tx.execute<{ age_band: AgeBand; came_by_transfer: boolean }>(
    sql`select age_band, came_by_transfer from cases.consent_facts(${caseId}, ${agency})`,
  )
  if (facts === undefined || agency === null) throw foreign({ object: caseId })
  return {
    age_band: facts.age_band,
    isMinor: MINOR_AGE_BANDS.includes(facts.age_band),
    owner: agency,
    cameByTransfer: facts.came_by_transfer,
  }
}

/** Whether a case is of a minor or of somebody of unknown age. Holds nothing: for what is shown. */
export const isMinorCase = async (tx: Tx, caseId: string): Promise<boolean> => {
  const rows = await tx.execute(sql`select from cases.minors(${`{${caseId}}`}::uuid[])`)
  return rows.length > 0
}

/**
 * Who owns a case, for an agency that owns it or did: a survivor may tell either that she withdraws.
 * Holds the case as caseForConsent does. @throws Problem not_found for every other agency
 */
export const ownerForWithdrawal = async (
  tx: Tx,
  caseId: string,
  agency: string | null,
): Promise<string> => {
  await tx.execute(sql`select consent.hold_case(${caseId})`)
  const [facts] = await tx.execute<{ owner: string }>(
    sql`select owner from cases.withdrawal_facts(${caseId}, ${agency})`,
  )
  if (facts === undefined) throw foreign({ object: caseId })
  return facts.owner
}
