import { sql, type SQL } from 'drizzle-orm'
import { Compile } from 'typebox/compile'
import {
  RULE_SETTINGS,
  RULES,
  type RuleName,
  type RuleRead,
} from '../../src/contracts/audit-review.ts'
import type { Tx } from '../../src/db.ts'
import type { Text } from '../../src/problem.ts'

interface Rule {
  readonly title: Text
  readonly isOn: boolean
  readonly settings: Readonly<Record<string, unknown>>
}

/** The rules as they come; each agency tunes its own. */
const DEFAULTS: Readonly<Record<RuleName, Rule>> = {
  break_glass: {
    title: { id: 'Akses darurat oleh orang kita', en: 'Emergency access by our people' },
    isOn: true,
    settings: {},
  },
  glass_on_own_case: {
    title: { id: 'Akses darurat pada kasus kita', en: 'Emergency access to a case of ours' },
    isOn: true,
    settings: {},
  },
  outside_hours: {
    title: { id: 'Dibuka di luar jam kerja', en: 'Opened outside working hours' },
    isOn: true,
    settings: { time_zone: 'Asia/Jakarta', from_hour: 7, to_hour: 18, days: [1, 2, 3, 4, 5] },
  },
  many_cases: {
    title: {
      id: 'Satu orang membuka banyak kasus dalam sehari',
      en: 'One person opened many cases in a day',
    },
    isOn: true,
    settings: { cases: 10 },
  },
  refused_attempts: {
    title: {
      id: 'Satu orang berulang kali ditolak dalam sehari',
      en: 'One person was refused again and again in a day',
    },
    isOn: true,
    settings: { attempts: 3 },
  },
  honey_case: {
    title: { id: 'Kasus umpan disentuh', en: 'A honey case was touched' },
    isOn: true,
    settings: { cases: [] },
  },
}

const checks = {
  break_glass: Compile(RULE_SETTINGS.break_glass),
  glass_on_own_case: Compile(RULE_SETTINGS.glass_on_own_case),
  outside_hours: Compile(RULE_SETTINGS.outside_hours),
  many_cases: Compile(RULE_SETTINGS.many_cases),
  refused_attempts: Compile(RULE_SETTINGS.refused_attempts),
  honey_case: Compile(RULE_SETTINGS.honey_case),
}

/** Names of the settings that are wrong; empty when they fit the rule. */
export const wrongSettings = (name: RuleName, settings: unknown): string[] => {
  if (checks[name].Check(settings)) return []
  return [...new Set([...checks[name].Errors(settings)].map(({ instancePath }) => instancePath))]
}

/** An agency's rules as they stand. */
export const readRules = async (tx: Tx, agency: string): Promise<RuleRead[]> => {
  const rows = await tx.execute<{
    name: RuleName
    is_on: boolean
    settings: object
    version: number
  }>(sql`select name, is_on, settings, version from audit.rule where agency = ${agency}`)
  const changed = new Map(rows.map((row) => [row.name, row]))
  return RULES.map((name) => {
    const { title, isOn, settings } = DEFAULTS[name]
    const row = changed.get(name)
    return {
      name,
      title,
      is_on: row?.is_on ?? isOn,
      settings: (row?.settings ?? settings) as Record<string, unknown>,
      version: row?.version ?? 0,
    }
  })
}

const opened = sql`d.type in ('cases.data.opened.v1', 'referrals.package.opened.v1',
  'referrals.break_glass.opened.v1')`
/** Glass is broken when it is approved, whether or not anything is opened under it. */
const broken = sql`d.type in ('referrals.break_glass.approved.v1', 'referrals.break_glass.opened.v1')`
const day = (zone: unknown): SQL => sql`(d.at at time zone ${zone})::date`

/**
 * Positions that a rule names, within `recent`: the entries of the window that the agency's own people
 * made (`is_own`), and the glasses that others broke for its cases.
 */
const QUERIES: Readonly<
  Record<RuleName, (settings: Record<string, unknown>, zone: unknown) => SQL>
> = {
  break_glass: () => sql`
    select d.position from recent d where ${broken} and d.outcome = 'ok' and d.is_own`,
  glass_on_own_case: () => sql`
    select d.position from recent d where ${broken} and d.outcome = 'ok' and not d.is_own`,
  outside_hours: ({ time_zone, from_hour, to_hour, days }) => sql`
    select d.position from recent d where ${opened} and d.outcome = 'ok' and d.is_own and not (
      extract(isodow from d.at at time zone ${time_zone})::int = any(${`{${(days as number[]).join(',')}}`}::int[])
      and extract(hour from d.at at time zone ${time_zone})::int >= ${from_hour}
      and extract(hour from d.at at time zone ${time_zone})::int < ${to_hour})`,
  many_cases: ({ cases }, zone) => sql`
    select d.position from recent d join (
      select d.actor, ${day(zone)} as on_day from recent d
       where ${opened} and d.outcome = 'ok' and d.is_own
       group by 1, 2 having count(distinct d.subject) >= ${cases}) busy
      on busy.actor = d.actor and busy.on_day = ${day(zone)}
     where ${opened} and d.is_own`,
  refused_attempts: ({ attempts }, zone) => sql`
    select d.position from recent d join (
      select d.actor, ${day(zone)} as on_day from recent d where d.outcome = 'refused' and d.is_own
       group by 1, 2 having count(*) >= ${attempts}) tried
      on tried.actor = d.actor and tried.on_day = ${day(zone)}
     where d.outcome = 'refused' and d.is_own`,
  honey_case: ({ cases }) => sql`
    select d.position from recent d where d.subject in (
      select known.subject from audit.name known
       where known.agency = d.agency and known.name = any(${`{${(cases as string[]).join(',')}}`}::text[]))`,
}

export interface Flagged {
  readonly position: number
  readonly rules: readonly RuleName[]
}

/**
 * Unusual entries in the last days, of an agency's own people and of those who broke the glass for its
 * cases: broken glass first, then most rules, then newest.
 */
export const findUnusual = async (
  tx: Tx,
  agency: string,
  rules: readonly RuleRead[],
  asked: { readonly days: number; readonly reviewed: boolean; readonly limit: number },
): Promise<Flagged[]> => {
  const on = rules.filter(({ is_on }) => is_on)
  if (on.length === 0) return []
  const zone = rules.find(({ name }) => name === 'outside_hours')?.settings['time_zone']
  const parts = on.map(
    ({ name, settings }) =>
      sql`select ${name}::text as rule, hit.position from (${QUERIES[name](settings, zone)}) hit`,
  )
  const seen = asked.reviewed ? sql`true` : sql`review.verdict is distinct from 'reviewed'`
  const rows = await tx.execute<{ position: string; rules: RuleName[] }>(sql`
    with recent as materialized (
      select d.position, d.at, d.type, d.outcome, d.agency, d.actor, d.subject, true as is_own
        from audit.disclosure d
       where d.agency = ${agency} and d.at >= clock_timestamp() - ${asked.days} * interval '1 day'
         and (d.outcome = 'refused' or ${opened} or ${broken})
      union all
      select d.position, d.at, d.type, d.outcome, d.agency, d.actor, d.subject, false
        from audit.disclosure d
       where ${broken} and d.at >= clock_timestamp() - ${asked.days} * interval '1 day'
         and d.agency is distinct from ${agency}::uuid and ${agency}::uuid = any(d.concerned)
    ), flagged as (
      select position, array_agg(rule order by rule) as rules
        from (${sql.join(parts, sql` union all `)}) hits group by position
    )
    select flagged.position, flagged.rules from flagged
      join audit.disclosure d using (position)
      left join audit.review review on review.agency = ${agency}
       and review.n = d.numbers[array_position(d.concerned, ${agency}::uuid)]
     where ${seen}
     order by flagged.rules && '{break_glass,glass_on_own_case}' desc, cardinality(flagged.rules) desc, flagged.position desc
     limit ${asked.limit}`)
  return rows.map((row) => ({ position: Number(row.position), rules: row.rules }))
}
