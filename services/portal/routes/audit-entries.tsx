import { Type } from 'typebox'
import type { AuditPage } from '../../../src/contracts/audit.ts'
import { allAgencies } from '../agencies.ts'
import { hasRole } from '../menu.ts'
import type { PortalRoute } from '../page.ts'
import { EntriesPage } from '../pages/audit.tsx'
import type { Option } from '../parts/fields.tsx'
import { shortCode, trailRow, whoOf } from '../trail.ts'
import { readFilter, type TrailFilter } from '../trail-filter.ts'
import { formOf, type SignedVisit } from '../visit.ts'
import { nameIn } from '../names.ts'

const Field = Type.Optional(Type.String({ maxLength: 600 }))
/** A form sends empty fields too; what they may hold is read by `readFilter`. */
const Query = Type.Object({
  case: Field,
  agency: Field,
  actor: Field,
  type: Field,
  category: Field,
  outcome: Field,
  order: Field,
  after: Field,
})

/** Oversight sees the whole trail and of no entry what it says. */
export const isOverseer = ({ me }: SignedVisit): boolean =>
  hasRole(me.roles, ['oversight_reviewer']) &&
  !(hasRole(me.roles, ['reviewer']) && me.agency !== null)

const PAGE_SIZE = 50

const load = async (
  visit: SignedVisit,
  filter: TrailFilter,
  after: string | undefined,
): Promise<AuditPage> => {
  if (filter.wrong.length > 0) return { items: [], next: null }
  const query = new URLSearchParams(filter.query)
  query.set('limit', String(PAGE_SIZE))
  if (after !== undefined) query.set('after', after)
  return await visit.api.get<AuditPage>(`/v1/audit/entries?${query}`)
}

/** Whom a reviewer can choose: oneself, and who was chosen by a row. */
const actorOptions = async (visit: SignedVisit, chosen: string | null): Promise<Option[]> => {
  const ids = [visit.me.id, ...(chosen === null || chosen === visit.me.id ? [] : [chosen])]
  return await Promise.all(
    ids.map(async (value) => ({
      value,
      text:
        visit.me.agency === null ? shortCode(value) : await whoOf(visit, visit.me.agency, value),
    })),
  )
}

/** Every entry that the reader may see, filtered. */
export const auditEntries: PortalRoute = (portal) => {
  portal.get('/audit/entries', { querystring: Query }, async (visit) => {
    const form = formOf(visit.request.query)
    const filter = readFilter(visit, form)
    const { items, next } = await load(visit, filter, form.text('after'))
    const [rows, agencies, actors] = await Promise.all([
      Promise.all(items.map((item) => trailRow(visit, item))),
      allAgencies(visit),
      actorOptions(visit, filter.fields.get('actor')),
    ])
    const options = agencies.map((agency) => ({
      value: agency.id,
      text: nameIn(visit.language, agency),
    }))
    return {
      kind: 'page',
      title: 'audit.title',
      place: 'audit',
      status: filter.wrong.length > 0 ? 422 : 200,
      body: (
        <EntriesPage
          rows={rows}
          next={next}
          filter={filter}
          agencies={options}
          actors={actors}
          isOversight={isOverseer(visit)}
        />
      ),
    }
  })
}
