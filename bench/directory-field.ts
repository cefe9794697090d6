import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { AGE_BANDS, NEEDS, STAGES, URGENCIES } from '../src/contracts/codes.ts'
import { ACCESS_TOKEN_TYPE, audienceOf, issuerOf } from '../src/contracts/token.ts'
import { newId } from '../src/id.ts'
import type { Place } from './place.ts'

export const AGENCIES = 1_000
export const SERVICES = 10_000
const PROVINCES = 38
const REGENCIES = 13

export interface DirectoryField {
  readonly token: string
  /** The n-th of a fixed sequence of questions, all different from their neighbours. */
  readonly question: (n: number) => Question
}

export interface Question {
  readonly stage: string
  readonly area: string
  readonly urgency: string
  readonly needs: readonly string[]
  readonly language: string
  readonly age_band: string
  readonly gender: string
}

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T

const questionOf = (n: number): Question => {
  const province = String(11 + ((n * 7) % PROVINCES))
  return {
    stage: pick(STAGES, n),
    area: `${province}.${String(1 + ((n * 5) % REGENCIES)).padStart(2, '0')}`,
    urgency: pick(URGENCIES, n * 3 + 1),
    needs: [pick(NEEDS, n * 5)],
    language: pick(['id', 'en', 'jv'], n),
    age_band: pick(AGE_BANDS, n * 2),
    gender: pick(['Feminine', 'Masculine'], n),
  }
}

const textArray = (codes: readonly string[]): string => `{${codes.join(',')}}`

/** Agencies in every province, each with ten services; half count beds, most have a record. */
export const prepareDirectory = async (place: Place): Promise<DirectoryField> => {
  const { admin } = place
  await admin.unsafe(`
    insert into directory.agency (id, name_id, name_en, kind, area, time_zone, hours)
    select journal.new_id(), 'Contoh Lembaga ' || n, 'Example Agency ' || n, 'ngo',
      lpad((11 + n % ${PROVINCES})::text, 2, '0'), (array['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'])[1 + n % 3],
      (select jsonb_object_agg(day, '[{"open": "08:00", "close": "16:00"}]'::jsonb)
       from unnest(array['mon', 'tue', 'wed', 'thu', 'fri']) as day)
    from generate_series(1, ${AGENCIES}) n`)
  await admin`
    insert into directory.service (id, agency, stage, name_id, name_en, summary_id, summary_en, areas,
      urgencies, needs, languages, age_bands, genders, minimum_categories, always_open)
    select journal.new_id(), a.id, (${textArray(STAGES)}::text[])[1 + (a.n * 3 + m) % ${STAGES.length}],
      'Layanan ' || a.n || '-' || m, 'Service ' || a.n || '-' || m, 'Layanan contoh.', 'An example.',
      case when m = 0 then array['*'] when m % 2 = 0 then array[a.area]
        else array[a.area || '.' || lpad((1 + (a.n + m) % ${REGENCIES})::text, 2, '0'),
          a.area || '.' || lpad((1 + (a.n + m + 4) % ${REGENCIES})::text, 2, '0')] end,
      case when m % 3 = 0 then array['emergency', 'urgent', 'normal'] else array['urgent', 'normal'] end,
      array(select need from unnest(${textArray(NEEDS)}::text[]) with ordinality as x (need, k)
        where (k + a.n + m) % 2 = 0),
      case when m % 2 = 0 then array['id', 'en'] else array['id', 'jv'] end,
      '{}', case when m % 5 = 0 then array['Feminine'] else '{}' end, array['identity'], m % 4 = 0
    from (select id, area, row_number() over (order by name_id)::int as n from directory.agency) a
    cross join generate_series(0, ${SERVICES / AGENCIES - 1}) m`
  await admin.unsafe(`
    insert into directory.capacity (service, agency, unit, maximum, available, as_of)
    select id, agency, 'bed', 10, (hashtext(id::text) & 7), now() - make_interval(hours => (hashtext(id::text) & 63))
    from directory.service where (hashtext(id::text) & 1) = 0`)
  await admin.unsafe(`
    insert into directory.hold (referral, service, unit, agency, holder, state, placed_at, expires_at)
    select gen_random_uuid(), service, unit, agency, agency, 'held', now(), now() + interval '1 day'
    from directory.capacity where available > 2`)
  await admin.unsafe(`
    insert into directory.response_month (agency, month, asked, answered, in_time)
    select id, date_trunc('month', now() - make_interval(months => m)), 20, 15, 10
    from directory.agency cross join generate_series(0, 5) m`)
  await admin.unsafe('vacuum analyze')
  const [own] = await admin<{ id: string }[]>`select id from directory.agency order by id limit 1`
  const who = { sub: newId(), client_id: 'bench', agency: own?.id, roles: ['case_worker'] }
  const token = await new SignJWT(who)
    .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: place.keys.tokens.kid })
    .setIssuer(issuerOf(place.config.publicUrl))
    .setAudience(audienceOf(place.config.publicUrl))
    .setIssuedAt()
    .setExpirationTime('2h')
    .setJti(randomUUID())
    .sign(place.keys.tokens.privateKey)
  return { token, question: questionOf }
}
