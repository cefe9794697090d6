import { Type, type Static } from 'typebox'
import type { QuestionPage } from '../../../src/contracts/audit-review.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { hasRole } from '../menu.ts'
import type { PortalRoute } from '../page.ts'
import { QuestionsPage } from '../pages/audit-questions.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { whoOf } from '../trail.ts'
import { goTo, type PageView, type SignedVisit } from '../visit.ts'

const querystring = Type.Object({
  after: Type.Optional(Type.String({ maxLength: 100 })),
  done: Type.Optional(Type.Boolean()),
})
const params = Type.Object({ id: Id })
const MOST_LETTERS = 2_000

const show = async (visit: SignedVisit, wrong: readonly Wrong[]): Promise<PageView> => {
  const { after, done = false } = visit.request.query as { after?: string; done?: boolean }
  const onward = after === undefined ? '' : `?after=${encodeURIComponent(after)}`
  const page = await visit.api.get<Static<typeof QuestionPage>>(`/v1/audit/questions${onward}`)
  const { me, when } = visit
  const rows = await Promise.all(
    page.items.map(async ({ id, n, actor, asked_at, answered_at, answer }) => ({
      id,
      n,
      who: await whoOf(visit, me.agency, actor),
      askedAt: when.near(asked_at),
      answeredAt: answered_at === null ? null : when.near(answered_at),
      answer,
      isMine: actor === me.id && answered_at === null,
    })),
  )
  const isReviewer = hasRole(me.roles, ['reviewer'])
  return {
    kind: 'page',
    title: 'audit.questions.title',
    place: isReviewer ? 'audit' : 'more',
    status: wrong.length > 0 ? 422 : 200,
    body: (
      <QuestionsPage
        rows={rows}
        next={page.next}
        isReviewer={isReviewer}
        wrong={wrong}
        isSent={done}
      />
    ),
  }
}

/** Reasons that were asked for: of the reader, or as a reviewer of the agency. */
export const auditQuestions: PortalRoute = (portal) => {
  portal.get('/audit/questions', { querystring }, (visit) => show(visit, []))
  portal.post('/audit/questions/:id', { params }, async (visit, form) => {
    const { id } = visit.request.params as { id: string }
    const field = `text-${id}`
    const text = form.text(field)
    if (text === undefined || text.length > MOST_LETTERS) {
      return await show(visit, [{ field, message: visit.t('audit.questions.wrong') }])
    }
    const path = `/v1/audit/questions/${id}/answer`
    await visit.api.post(path, { text }, { idempotencyKey: form.text('key') ?? '' })
    return goTo('/audit/questions?done=true')
  })
}
