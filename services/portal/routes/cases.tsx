import { Type } from 'typebox'
import type { CaseRead, CaseRecord } from '../../../src/contracts/case.ts'
import type { PortalRoute } from '../page.ts'
import { CasesPage, NewCasePage } from '../pages/cases.tsx'
import { goTo, type Form } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Query = {
  querystring: Type.Object({ after: Type.Optional(Type.String({ maxLength: 600 })) }),
}

interface CaseList {
  readonly items: readonly CaseRecord[]
  readonly next: string | null
}

const newCaseOf = (form: Form): object => {
  const district = form.text('district')
  const needed = form.list('stages')
  return {
    age_band: form.text('age_band') ?? '',
    ...(district === undefined ? {} : { district }),
    languages: form.list('languages'),
    needs: form.list('needs'),
    stages: needed.map((stage) => ({ stage, state: 'needed' })),
  }
}

/** The agency's cases, and a new one: without a name, by what must be prepared. */
export const cases: PortalRoute = (portal) => {
  portal.get('/cases', Query, async (visit) => {
    const { after } = visit.request.query as { after?: string }
    const more = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
    const list = await visit.api.get<CaseList>(`/v1/cases${more}`)
    const items = list.items.map((row) => ({
      row,
      area: visit.names.area(row.district),
      opened: visit.when.near(row.opened_at),
    }))
    return {
      kind: 'page',
      title: 'cases.title',
      place: 'cases',
      body: <CasesPage items={items} next={list.next} />,
    }
  })
  portal.get('/cases/new', {}, async (visit) => ({
    kind: 'page',
    title: 'cases.new',
    place: 'cases',
    body: <NewCasePage areas={visit.names.areas()} wrong={[]} form={null} />,
  }))
  portal.post('/cases/new', {}, async (visit, form) => {
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      const opened = await visit.api.post<CaseRead>('/v1/cases', newCaseOf(form), key)
      return goTo(`/cases/${opened.id}`)
    } catch (error) {
      const wrong = wrongOf(error, 'age_band')
      return {
        kind: 'page',
        title: 'cases.new',
        place: 'cases',
        status: 422,
        body: <NewCasePage areas={visit.names.areas()} wrong={wrong} form={form} />,
      }
    }
  })
}
