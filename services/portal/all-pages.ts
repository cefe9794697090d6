import type { SignedVisit } from './visit.ts'

interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** Nobody reads further than this. */
const MOST_PAGES = 20
const LENGTH = 100

/** Goes through a list of the API, page by page, until `isEnough`. `path` has a query of its own or none. */
export const allPages = async <Item>(
  visit: SignedVisit,
  path: string,
  isEnough: (item: Item) => boolean = () => false,
): Promise<readonly Item[]> => {
  const items: Item[] = []
  const first = `${path}${path.includes('?') ? '&' : '?'}limit=${LENGTH}`
  let after = ''
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await visit.api.get<Page<Item>>(`${first}${after}`)
    items.push(...found.items)
    if (found.next === null || found.items.some(isEnough)) break
    after = `&after=${encodeURIComponent(found.next)}`
  }
  return items
}

/** A path with those of its query that are given. */
export const pathWith = (
  path: string,
  query: Readonly<Record<string, string | null | undefined>>,
): string => {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '')
  const text = new URLSearchParams(given as [string, string][]).toString()
  return text === '' ? path : `${path}?${text}`
}
