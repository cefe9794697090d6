import { Type, type Static } from 'typebox'
import type { OpenedData } from '../../../src/contracts/case.ts'
import { HELD, Id, oneOf, type Held } from '../../../src/contracts/codes.ts'
import { linesOf, parseLines } from '../data-lines.ts'
import type { PortalRoute } from '../page.ts'
import { ChooseCategoryPage, WriteDataPage } from '../pages/case-data.tsx'
import { AskToOpenPage, OpenedPage } from '../pages/open-data.tsx'
import { readCase } from '../case-sight.ts'
import { goTo, pageIn } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Case = { params: Type.Object({ id: Id }) }
const Schema = { params: Type.Object({ id: Id, category: oneOf(HELD) }) }

interface Asked {
  readonly id: string
  readonly category: Held
}

const page = pageIn('cases')

/** What is written of a survivor: opened by a recorded act, and written group by group. */
export const caseData: PortalRoute = (portal) => {
  portal.get('/cases/:id/data', Case, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const record = await readCase(visit, id)
    return page(
      'casedata.title',
      <ChooseCategoryPage id={id} held={record.data.map(({ category }) => category)} />,
    )
  })
  portal.get('/cases/:id/data/:category', Schema, async (visit) => {
    const { id, category } = visit.request.params as Asked
    await readCase(visit, id)
    return page('casedata.title', <AskToOpenPage back={`/cases/${id}`} category={category} />)
  })
  portal.post('/cases/:id/data/:category', Schema, async (visit) => {
    const { id, category } = visit.request.params as Asked
    const path = `/v1/cases/${id}/data/${category}/open`
    const opened = await visit.api.post<Static<typeof OpenedData>>(path, {})
    return page(
      'casedata.title',
      <OpenedPage
        back={`/cases/${id}`}
        category={category}
        data={opened.data}
        edit={{ lines: linesOf(opened.data), version: opened.version }}
      />,
    )
  })
  portal.get('/cases/:id/write/:category', Schema, async (visit) => {
    const { id, category } = visit.request.params as Asked
    const record = await readCase(visit, id)
    const held = record.data.find((datum) => datum.category === category)
    const given = { id, category, version: held?.version ?? 0, lines: '', wrong: [] }
    return page('casedata.title', <WriteDataPage {...given} />)
  })
  portal.post('/cases/:id/write/:category', Schema, async (visit, form) => {
    const { id, category } = visit.request.params as Asked
    const lines = form.text('lines') ?? ''
    const version = Number(form.text('version') ?? '0')
    const given = { id, category, version, lines }
    const data = parseLines(lines)
    if (data === null) {
      const wrong = [{ field: 'lines', message: visit.t('casedata.wrong') }]
      return page('casedata.title', <WriteDataPage {...given} wrong={wrong} />, 422)
    }
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.put(`/v1/cases/${id}/data/${category}`, { data, version }, key)
    } catch (error) {
      const told = wrongOf(error, 'lines').map(({ field, message }) =>
        field === 'lines' ? message : `${field}: ${message}`,
      )
      const wrong = [{ field: 'lines', message: told.join(' ') }]
      return page('casedata.title', <WriteDataPage {...given} wrong={wrong} />, 422)
    }
    return goTo(`/cases/${id}`)
  })
}
