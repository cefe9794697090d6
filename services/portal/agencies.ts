import type { AgencyRead } from '../../src/contracts/directory.ts'
import type { Option } from './parts/fields.tsx'
import type { SignedVisit } from './visit.ts'
import { nameIn } from './names.ts'

interface AgencyList {
  readonly items: readonly AgencyRead[]
  readonly next: string | null
}

const MOST_PAGES = 10

/** Every active agency of the hub, by name. */
export const allAgencies = async (visit: SignedVisit): Promise<readonly AgencyRead[]> => {
  const items: AgencyRead[] = []
  let after = ''
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const path = `/v1/directory/agencies?limit=100${after}`
    const found: AgencyList = await visit.api.get(path)
    items.push(...found.items)
    if (found.next === null) break
    after = `&after=${encodeURIComponent(found.next)}`
  }
  return items
}

/** For choosing another agency than one's own. */
export const agencyOptions = async (visit: SignedVisit): Promise<readonly Option[]> => {
  const agencies = await allAgencies(visit)
  return agencies
    .filter(({ id }) => id !== visit.me.agency)
    .map((agency) => ({
      value: agency.id,
      text: nameIn(visit.language, agency),
    }))
}
