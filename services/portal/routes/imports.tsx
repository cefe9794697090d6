import { Type, type Static } from 'typebox'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import {
  FILE_LIMIT_BYTES,
  ROW_STATES,
  type CaseImport,
  type CaseImportList,
  type CaseImportPage,
  type ImportFormat,
  type RowState,
} from '../../../src/contracts/import.ts'
import type { PortalRoute } from '../page.ts'
import { ImportPage, ImportsPage } from '../pages/imports.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const After = Type.Optional(Type.String({ maxLength: 600 }))
const List = { querystring: Type.Object({ after: After }), takesFile: true }
const One = {
  params: Type.Object({ id: Id }),
  querystring: Type.Object({ state: Type.Optional(oneOf(ROW_STATES)), after: After }),
}

const page = (body: PageView['body'], more: Partial<PageView> = {}): PageView => ({
  kind: 'page',
  title: 'import.title',
  place: 'more',
  body,
  ...more,
})

/** Which of the three a file is, by how it begins: a workbook is an archive, a form JSON or XML. */
const formatOf = (file: Buffer): ImportFormat => {
  if (file.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) return 'xlsx'
  const start = file
    .subarray(0, 64)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  return /^[[{<]/.test(start) ? 'xlsform' : 'csv'
}

const showList = async (visit: SignedVisit, wrong: readonly Wrong[] = []): Promise<PageView> => {
  const { after } = visit.request.query as { after?: string }
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
  const path = `/v1/case-imports${query}`
  const { items, next } = await visit.api.get<Static<typeof CaseImportList>>(path)
  const imports = items.map((row) => ({ import: row, made: visit.when.near(row.made_at) }))
  const body = <ImportsPage imports={imports} next={next} wrong={wrong} />
  return page(body, { status: wrong.length > 0 ? 422 : 200 })
}

const lackOf = ({ t }: SignedVisit, form: Form): string | null => {
  const file = form.file('file')
  if (form.cut === 'late') return t('import.too_slow')
  if (form.cut === 'large' || (file?.length ?? 0) > FILE_LIMIT_BYTES) return t('import.too_large')
  return file === undefined ? t('import.lacks') : null
}

const showOne = async (visit: SignedVisit): Promise<PageView> => {
  const { id } = visit.request.params as { id: string }
  const { state = null, after } = visit.request.query as { state?: RowState; after?: string }
  const query = new URLSearchParams()
  if (state !== null) query.set('state', state)
  if (after !== undefined) query.set('after', after)
  const path = `/v1/case-imports/${id}?${query}`
  const found = await visit.api.get<Static<typeof CaseImportPage>>(path)
  const { import: read, columns, notes, items: rows, next } = found
  const made = visit.when.near(read.made_at)
  const expires = visit.when.full(read.expires_at)
  const given = { read, made, expires, columns, notes, rows, state, next }
  return page(<ImportPage {...given} />, { isLive: true })
}

/** Files in the words of HTCDS: looked at row by row, and landed when somebody says so. */
export const imports: PortalRoute = (portal) => {
  portal.get('/imports', List, (visit) => showList(visit))
  portal.post('/imports', List, async (visit, form) => {
    const lack = lackOf(visit, form)
    const file = form.file('file')
    if (lack !== null || file === undefined) {
      return await showList(visit, [{ field: 'file', message: lack ?? visit.t('import.lacks') }])
    }
    try {
      const made = await visit.api.post<CaseImport>(
        '/v1/case-imports',
        { format: formatOf(file), content: file.toString('base64') },
        { idempotencyKey: form.text('key') ?? '' },
      )
      return goTo(`/imports/${made.id}`)
    } catch (error) {
      const wrong = wrongOf(error, 'file').map(({ message }) => ({ field: 'file', message }))
      return await showList(visit, wrong.slice(0, 1))
    }
  })
  portal.get('/imports/:id', One, showOne)
  for (const step of ['confirm', 'cancel'] as const) {
    portal.post(`/imports/:id/${step}`, { params: One.params }, async (visit, form) => {
      const { id } = visit.request.params as { id: string }
      const body = { version: Number(form.text('version')) }
      const key = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.post(`/v1/case-imports/${id}/${step}`, body, key)
      return goTo(`/imports/${id}`)
    })
  }
}
