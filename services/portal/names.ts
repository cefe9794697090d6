import type { Client } from '../../src/client/http.ts'
import type { AgencyRead, ServiceRead } from '../../src/contracts/directory.ts'
import type { Language } from '../../src/problem.ts'
import areas from './areas.json' with { type: 'json' }

/** What has a name in both languages, in that of the page. */
export const nameIn = (
  language: Language,
  row: { readonly name_id: string; readonly name_en: string },
): string => (language === 'id' ? row.name_id : row.name_en)

/** What a language is called, by its code (BCP 47); the code itself when it is not known. */
export const languageName = (language: Language, code: string): string =>
  new Intl.DisplayNames([language], { type: 'language' }).of(code) ?? code

/** What the directory calls things. It is the same for everybody, so it may be kept for a while. */
export interface Names {
  agency(id: string): Promise<string>
  agencyRow(id: string): Promise<AgencyRead | null>
  service(id: string): Promise<string>
  serviceRow(id: string): Promise<ServiceRead | null>
  /** A province, regency or country by its code; the code itself when it is not known. */
  area(code: string | null): string
  /** Places to choose from, by name. */
  areas(): readonly { readonly value: string; readonly text: string }[]
}

const KEPT_MS = 60_000
const MOST_KEPT = 5_000

type Cache = Map<string, { readonly until: number; readonly row: Promise<unknown> }>

const kept = async <Row>(cache: Cache, path: string, api: Client): Promise<Row | null> => {
  const found = cache.get(path)
  if (found !== undefined && found.until > Date.now()) return (await found.row) as Row | null
  const row = api.get<Row>(path).catch(() => null)
  if (cache.size >= MOST_KEPT) cache.clear()
  cache.set(path, { until: Date.now() + KEPT_MS, row })
  const read = await row
  if (read === null) cache.delete(path)
  return read
}

const AREAS: Readonly<Record<string, string>> = areas

const areaName = (code: string | null, language: Language): string => {
  if (code === null) return ''
  if (code === '*') return language === 'id' ? 'Seluruh Indonesia' : 'All of Indonesia'
  const known = AREAS[code]
  if (known !== undefined) return known
  if (/^[A-Z]{2}$/.test(code)) {
    return new Intl.DisplayNames([language], { type: 'region' }).of(code) ?? code
  }
  const province = AREAS[code.slice(0, 2)]
  return province === undefined ? code : `${province} (${code})`
}

/** One per portal; a caller MUST have been let in by the API before names are looked up. */
export const createNames = (): ((api: Client, language: Language) => Names) => {
  const cache: Cache = new Map()
  return (api, language) => {
    const agencyRow = (id: string) => kept<AgencyRead>(cache, `/v1/directory/agencies/${id}`, api)
    const serviceRow = (id: string) => kept<ServiceRead>(cache, `/v1/directory/services/${id}`, api)
    const nameOf = (row: AgencyRead | ServiceRead | null): string =>
      row === null ? '—' : nameIn(language, row)
    return {
      agencyRow,
      serviceRow,
      agency: async (id) => nameOf(await agencyRow(id)),
      service: async (id) => nameOf(await serviceRow(id)),
      area: (code) => areaName(code, language),
      areas: () =>
        Object.entries(AREAS)
          .map(([value, text]) => ({ value, text }))
          .sort((a, b) => a.text.localeCompare(b.text, language)),
    }
  }
}
