import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { ACCESS_TOKEN_TYPE, audienceOf, issuerOf } from '../src/contracts/token.ts'
import { newId } from '../src/id.ts'
import { CASE_SEAL, casePlace, seal } from '../src/seal.ts'
import type { Place } from './place.ts'

const CASES = 500
const SERVICES = 400
const CATEGORIES = ['identity', 'contact'] as const
const CONTENT_BYTES = 600

/** One sender, one recipient with many services, many cases: 200,000 different hand-offs. */
export interface Field {
  readonly sender: string
  readonly recipient: string
  readonly cases: readonly string[]
  readonly services: readonly string[]
  readonly categories: readonly string[]
  readonly token: string
}

const tokenOf = async (place: Place, agency: string): Promise<string> =>
  await new SignJWT({ sub: newId(), client_id: 'bench', agency, roles: ['case_worker'] })
    .setProtectedHeader({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: place.keys.tokens.kid })
    .setIssuer(issuerOf(place.config.publicUrl))
    .setAudience(audienceOf(place.config.publicUrl))
    .setIssuedAt()
    .setExpirationTime('2h')
    .setJti(randomUUID())
    .sign(place.keys.tokens.privateKey)

const addAgency = async (place: Place, name: string): Promise<string> => {
  const id = newId()
  const day = [{ open: '08:00', close: '16:00' }]
  const hours = { mon: day, tue: day, wed: day, thu: day, fri: day }
  await place.admin`insert into directory.agency ${place.admin({
    id,
    name_id: name,
    name_en: name,
    kind: 'ngo',
    area: '98.01',
    time_zone: 'Asia/Jakarta',
    hours: place.admin.json(hours),
  })}`
  return id
}

export const prepareField = async (place: Place): Promise<Field> => {
  const { admin, keys } = place
  const sender = await addAgency(place, 'Contoh Pengirim')
  const recipient = await addAgency(place, 'Contoh Penerima')
  const services = Array.from({ length: SERVICES }, () => newId())
  await admin`insert into directory.service ${admin(
    services.map((id) => ({
      id,
      agency: recipient,
      stage: 'shelter',
      name_id: 'Penampungan',
      name_en: 'Shelter',
      summary_id: '',
      summary_en: '',
      areas: ['98'],
      urgencies: ['urgent', 'normal'],
      needs: [],
      languages: ['id'],
      age_bands: [],
      genders: [],
      minimum_categories: ['identity'],
    })),
  )}`
  const cases = Array.from({ length: CASES }, () => newId())
  await admin`insert into cases.case_record ${admin(
    cases.map((id) => ({
      id,
      reference: randomUUID(),
      owner: sender,
      age_band: 'from_25_to_39',
      opened_by: 'bench',
    })),
  )}`
  const plain = Buffer.from(JSON.stringify({ filler: 'x'.repeat(CONTENT_BYTES) }))
  const wrappingKey = keys.derive(CASE_SEAL)
  for (const category of CATEGORIES) {
    await admin`insert into cases.datum ${admin(
      cases.map((id) => {
        const box = seal(wrappingKey, plain, casePlace(id, category))
        const sealed = { ciphertext: box.ciphertext, wrapped_key: box.wrappedKey }
        return {
          case_id: id,
          category,
          version: 1,
          author: 'bench',
          author_agency: sender,
          ...sealed,
        }
      }),
    )}`
  }
  await admin`
    insert into consent.grant (id, case_id, owner, recipient, purpose, statement, statement_version,
      statement_digest, categories, ends_at, sensitive_ends_at)
    select gen_random_uuid(), unnest(${cases}::uuid[]), ${sender}, ${recipient}, 'shelter',
      gen_random_uuid(), 1, 'digest', ${[...CATEGORIES]}, now() + interval '1 day', now() + interval '1 day'`
  await admin.unsafe('vacuum analyze')
  return {
    sender,
    recipient,
    cases,
    services,
    categories: CATEGORIES,
    token: await tokenOf(place, sender),
  }
}
