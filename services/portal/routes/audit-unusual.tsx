import { Type, type Static } from 'typebox'
import type { Unusual } from '../../../src/contracts/audit-review.ts'
import { oneOf } from '../../../src/contracts/codes.ts'
import { Problem } from '../../../src/problem.ts'
import type { PortalRoute } from '../page.ts'
import { DAYS, MARKS, UnusualPage, type Mark } from '../pages/audit-unusual.tsx'
import { trailRow } from '../trail.ts'
import { goTo } from '../visit.ts'
import { isOverseer } from './audit-entries.tsx'

const Query = Type.Object({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
  reviewed: Type.Optional(Type.Boolean()),
  done: Type.Optional(oneOf(MARKS)),
})
interface Asked {
  readonly days?: number
  readonly reviewed?: boolean
  readonly done?: Mark
}
const Params = Type.Object({ n: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
const DEFAULT_DAYS = DAYS[1]
const LIMIT = 200

const safeBack = (path: string | undefined): string =>
  path !== undefined && /^\/audit\?days=\d{1,3}(&reviewed=true)?$/.test(path)
    ? path
    : `/audit?days=${DEFAULT_DAYS}`

/** What is unusual, and the two things that a reviewer does about it. */
export const auditUnusual: PortalRoute = (portal) => {
  portal.get('/audit', { querystring: Query }, async (visit) => {
    if (isOverseer(visit)) return goTo('/audit/entries')
    const { days = DEFAULT_DAYS, reviewed = false, done = null } = visit.request.query as Asked
    const path = `/v1/audit/unusual?days=${days}&reviewed=${reviewed}&limit=${LIMIT}`
    const { items, rules } = await visit.api.get<Static<typeof Unusual>>(path)
    const rows = await Promise.all(
      items.map(async ({ entry, rules: named, verdict }) => ({
        row: await trailRow(visit, entry),
        rules: named,
        verdict,
      })),
    )
    return {
      kind: 'page',
      title: 'audit.title',
      place: 'audit',
      body: (
        <UnusualPage rows={rows} rules={rules} days={days} withReviewed={reviewed} done={done} />
      ),
    }
  })
  portal.post('/audit/entries/:n/review', { params: Params }, async (visit, form) => {
    const { n } = visit.request.params as { n: number }
    const verdict = MARKS.find((mark) => mark === form.text('verdict'))
    if (verdict === undefined) throw new Problem('not_found')
    await visit.api.post(
      `/v1/audit/entries/${n}/review`,
      { verdict },
      { idempotencyKey: form.text('key') ?? '' },
    )
    return goTo(`${safeBack(form.text('back'))}&done=${verdict}`)
  })
}
