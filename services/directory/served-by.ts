import { sql, type SQL } from 'drizzle-orm'
import { service } from './tables.ts'

/** The places whose services serve this one, nearest first: 31.71 is served by 31.71, 31 and `*`. */
export const servedBy = (
  area: string,
): { regency?: string; province?: string; country: string } => {
  if (/^[A-Z]/.test(area)) return { country: area }
  const province = area.slice(0, 2)
  return area === province ? { province, country: '*' } : { regency: area, province, country: '*' }
}

/** Services for this stage that serve this place. */
export const reaches = (stage: string, area: string): SQL => {
  const places = Object.values(servedBy(area)).map((place) => `${stage}:${place}`)
  return sql`directory.reach(${service.stage}, ${service.areas}) && ${`{${places.join(',')}}`}::text[]`
}

/** How near a service's areas come: 0 the regency itself, 1 its province, 2 the whole country. */
export const areaRank = (area: string | undefined): SQL<number> => {
  if (area === undefined) return sql<number>`0::int`
  const { regency, province } = servedBy(area)
  return sql<number>`case
    when ${regency ?? null}::text = any(${service.areas}) then 0
    when ${province ?? null}::text = any(${service.areas}) then 1
    else 2 end`
}
