import { Type } from 'typebox'
import { CATEGORIES, Id } from '../../../src/contracts/codes.ts'
import { EXPORT_FORMATS } from '../../../src/contracts/import.ts'
import { readCase } from '../case-sight.ts'
import type { PortalRoute } from '../page.ts'
import { ExportPage } from '../pages/export.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { troubleOf } from '../trouble.ts'
import type { Form, PageView, SignedVisit, View } from '../visit.ts'

const Params = { params: Type.Object({ id: Id }) }
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id

const show = (
  id: string | null,
  trouble: Trouble = NO_TROUBLE,
  form: Form | null = null,
): PageView => ({
  kind: 'page',
  title: 'export.title',
  place: id === null ? 'more' : 'cases',
  status: trouble === NO_TROUBLE ? 200 : 422,
  body: <ExportPage id={id} trouble={trouble} form={form} />,
})

const save = async (visit: SignedVisit, form: Form, id: string | null): Promise<View> => {
  const categories = CATEGORIES.filter((code) => form.list('categories').includes(code))
  const format = EXPORT_FORMATS.find((code) => code === form.text('format')) ?? 'xlsx'
  if (categories.length === 0) {
    const wrong = [{ field: 'categories', message: visit.t('export.lacks') }]
    return show(id, { wrong, again: null }, form)
  }
  try {
    const path = id === null ? '/v1/case-exports' : `/v1/cases/${id}/export`
    const file = await visit.api.download(path, { format, categories })
    return { kind: 'file', name: `htcds.${format}`, type: file.contentType, bytes: file.bytes }
  } catch (error) {
    const back = id === null ? '/exports' : `/cases/${id}/export`
    return show(id, troubleOf(error, 'categories', back), form)
  }
}

/** Cases as files of HTCDS 2.0: only what consent lets the agency open, each opening on the record. */
export const exports: PortalRoute = (portal) => {
  portal.get('/cases/:id/export', Params, async (visit) => {
    await readCase(visit, idOf(visit))
    return show(idOf(visit))
  })
  portal.post('/cases/:id/export', Params, (visit, form) => save(visit, form, idOf(visit)))
  portal.get('/exports', {}, async () => show(null))
  portal.post('/exports', {}, (visit, form) => save(visit, form, null))
}
