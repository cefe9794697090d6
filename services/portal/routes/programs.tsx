import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { ProgramPage } from '../../../src/contracts/identity.ts'
import { pathWith } from '../all-pages.ts'
import type { PortalRoute } from '../page.ts'
import { ProgramsPage } from '../pages/programs.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { troubleOf } from '../trouble.ts'
import { goTo, type PageView, type SignedVisit } from '../visit.ts'

const Query = {
  querystring: Type.Object({
    agency: Type.Optional(Id),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}
const One = { ...Query, params: Type.Object({ client: Type.String({ maxLength: 63 }) }) }

const PATH = '/v1/identity/programs'

const listPage = async (visit: SignedVisit, trouble: Trouble = NO_TROUBLE): Promise<PageView> => {
  const { agency, after } = visit.request.query as { agency?: string; after?: string }
  const path = pathWith(PATH, { agency, after })
  const { items, next } = await visit.api.get<Static<typeof ProgramPage>>(path)
  const sights = await Promise.all(
    items.map(async (program) => ({
      program,
      waits: program.waiting === null ? null : visit.when.full(program.waiting.live_at),
      agency: await visit.names.agency(program.agency),
    })),
  )
  const isHub = visit.me.agency === null
  const body = (
    <ProgramsPage
      sights={sights}
      agency={isHub ? (agency ?? null) : null}
      isHub={isHub}
      next={next}
      trouble={trouble}
    />
  )
  const status = trouble === NO_TROUBLE ? 200 : 422
  return { kind: 'page', title: 'program.title', place: 'more', status, body }
}

/** Programs that call the API for agencies: their keys' fingerprints, switched off at once, or on again. */
export const programs: PortalRoute = (portal) => {
  portal.get('/programs', Query, (visit) => listPage(visit))
  portal.post('/programs/:client', One, async (visit, form) => {
    const { client } = visit.request.params as { client: string }
    const { agency } = visit.request.query as { agency?: string }
    const back = pathWith('/programs', { agency })
    const asked = { active: form.text('active') === 'yes', version: Number(form.text('version')) }
    const options = { idempotencyKey: form.text('key') ?? '' }
    try {
      await visit.api.put(`${PATH}/${encodeURIComponent(client)}`, asked, options)
    } catch (error) {
      return await listPage(visit, troubleOf(error, 'programs', back))
    }
    return goTo(back)
  })
}
