import { and, arrayContains, eq, ne, not, or, sql, type SQL } from 'drizzle-orm'
import type { Service, Agency } from '../../src/contracts/directory.ts'
import { WEIGHTS, type MatchQuestion, type ResponseRecord } from '../../src/contracts/matching.ts'
import type { Tx } from '../../src/db.ts'
import { areaRank, reaches } from './served-by.ts'
import { agency, service } from './tables.ts'

/** A service that can be asked, with what its place in the list rests on. */
export interface Candidate {
  readonly service: Service
  readonly agency: Agency
  readonly area_rank: number
  readonly is_open: boolean
  /** Null: counts nothing. */
  readonly free: number | null
  readonly freshness: number
  readonly response: ResponseRecord
  readonly points: Readonly<Record<keyof typeof WEIGHTS, number>>
  readonly score: number
}

const AREA_POINTS = [WEIGHTS.area, 15, 5] as const
/** What an unknown count, or one that is worth nothing, gives. */
export const UNKNOWN_CAPACITY = 7
/** An agency without a record is taken as one that answered 3 of 5 in time. */
const PRIOR = { answers: 3, asked: 5 } as const
const MONTHS = 6

const texts = (values: readonly string[]): SQL => sql`${`{${values.join(',')}}`}::text[]`

/** How many of what was asked a service has. */
const shared = (column: SQL, asked: readonly string[]): SQL<number> =>
  sql<number>`(select count(*) from unnest(${texts(asked)}) as one where one = any(${column}))`

const share = (column: SQL, asked: readonly string[] | undefined, weight: number): SQL =>
  asked === undefined || asked.length === 0
    ? sql`0`
    : sql`round(${weight}::float8 * ${shared(column, asked)} / ${asked.length}::float8)::int`

/** What no ranking makes up for. */
const conditions = (
  question: MatchQuestion,
  own: string | null,
  blocked: readonly string[],
): SQL | undefined => {
  const { stage, area, urgency, age_band, gender } = question
  return and(
    sql`${service.active}`,
    sql`${agency.active}`,
    eq(service.stage, stage),
    own === null ? undefined : ne(service.agency, own),
    blocked.length === 0 ? undefined : not(sql`${service.agency} = any(${texts(blocked)}::uuid[])`),
    area === undefined ? undefined : reaches(stage, area),
    urgency === undefined ? undefined : arrayContains(service.urgencies, [urgency]),
    age_band === undefined
      ? undefined
      : or(eq(service.age_bands, []), arrayContains(service.age_bands, [age_band])),
    gender === undefined
      ? undefined
      : or(eq(service.genders, []), arrayContains(service.genders, [gender])),
  )
}

const pointsOf = (question: MatchQuestion): Record<keyof typeof WEIGHTS, SQL> => {
  const { needs, languages, area } = question
  const [regency, province, country] = AREA_POINTS
  return {
    area:
      area === undefined
        ? sql`0`
        : sql`case f.area_rank when 0 then ${regency}::int when 1 then ${province}::int else ${country}::int end`,
    needs: share(sql`f.needs`, needs, WEIGHTS.needs),
    languages: share(sql`f.languages`, languages, WEIGHTS.languages),
    capacity: sql`round(${UNKNOWN_CAPACITY}::float8 + coalesce(p.freshness, 0) *
      case when p.free > 0 then ${WEIGHTS.capacity - UNKNOWN_CAPACITY}::float8
        else ${-UNKNOWN_CAPACITY}::float8 end)::int`,
    open_now: sql`case when f.is_open then ${WEIGHTS.open_now}::int else 0 end`,
    response: sql`round(${WEIGHTS.response}::float8 *
      (coalesce(r.in_time + r.answered, 0) / 2.0 + ${PRIOR.answers}::float8) /
      (coalesce(r.asked, 0) + ${PRIOR.asked}::float8))::int`,
  }
}

interface RankedRow extends Record<string, unknown> {
  readonly id: string
  readonly area_rank: number
  readonly is_open: boolean
  readonly free: number | null
  readonly freshness: number
  readonly asked: number
  readonly answered: number
  readonly in_time: number
  readonly score: number
}

export interface MatchScope {
  readonly own: string | null
  readonly blocked: readonly string[]
  /** Score, name and id of the last one given. */
  readonly after: readonly [number, string, string] | null
  readonly limit: number
}

/**
 * Services that can take this, the likeliest first: one statement that ranks ids, and one that reads
 * those of the page.
 */
export const findMatches = async (
  tx: Tx,
  question: MatchQuestion,
  scope: MatchScope,
): Promise<Candidate[]> => {
  const points = pointsOf(question)
  const names = Object.keys(points) as (keyof typeof WEIGHTS)[]
  const columns = names.map((name) => sql`${points[name]} as ${sql.identifier(`p_${name}`)}`)
  const sum = sql.join(
    names.map((name) => sql.identifier(`p_${name}`)),
    sql` + `,
  )
  const rows = await tx.execute<RankedRow & Record<string, unknown>>(sql`
    with fit as materialized (
      select ${service.id}, ${service.agency}, ${service.name_id}, ${service.needs},
        ${service.languages}, ${areaRank(question.area)} as area_rank,
        ${service.always_open} or directory.is_open(${agency.hours}, ${agency.holidays},
          ${agency.time_zone}, now()) as is_open
      from ${service} join ${agency} on ${agency.id} = ${service.agency}
      where ${conditions(question, scope.own, scope.blocked)}
    ), counted as materialized (
      -- Of several units the one with the best prospect.
      select distinct on (p.service) p.service, p.free, p.freshness
      from directory.places((select array_agg(id) from fit)) p
      order by p.service, (p.free > 0)::int * p.freshness desc
    ), scored as materialized (
      select f.id, f.name_id, f.area_rank, f.is_open, p.free, coalesce(p.freshness, 0) as freshness,
        coalesce(r.asked, 0) as asked, coalesce(r.answered, 0) as answered,
        coalesce(r.in_time, 0) as in_time, ${sql.join(columns, sql`, `)}
      from fit f left join counted p on p.service = f.id 
      cross join lateral (
        select sum(m.asked - m.excused)::int as asked, sum(m.answered)::int as answered,
          sum(m.in_time)::int as in_time
        from directory.response_month m
        where m.agency = f.agency and m.month > now() - make_interval(months => ${MONTHS})) r
    ), ranked as (
      select *, ${sum} as score from scored
    )
    select * from ranked
    where ${
      scope.after === null
        ? sql`true`
        : sql`(-score, name_id, id::text) > (${-scope.after[0]}::int, ${scope.after[1]}, ${scope.after[2]})`
    }
    order by -score, name_id, id::text limit ${scope.limit}`)
  const wanted = texts(rows.map((row) => row.id))
  const read = await tx
    .select({ service, agency })
    .from(service)
    .innerJoin(agency, eq(agency.id, service.agency))
    .where(sql`${service.id} = any(${wanted}::uuid[])`)
  const byId = new Map(read.map((row) => [row.service.id, row]))
  return rows.flatMap((row) => {
    const found = byId.get(row.id)
    return found === undefined ? [] : [candidateOf(row, found)]
  })
}

const candidateOf = (row: RankedRow, found: Pick<Candidate, 'service' | 'agency'>): Candidate => {
  const given = Object.keys(WEIGHTS).map((name) => [name, Number(row[`p_${name}`])])
  return {
    ...found,
    area_rank: row.area_rank,
    is_open: row.is_open,
    free: row.free,
    freshness: row.freshness,
    response: { asked: row.asked, answered: row.answered, in_time: row.in_time },
    points: Object.fromEntries(given) as Candidate['points'],
    score: row.score,
  }
}
