import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { StopOrderPage } from '../../../src/contracts/consent.ts'
import { Problem } from '../../../src/problem.ts'
import type { PortalRoute } from '../page.ts'
import { AnswerOrderPage, StopOrdersPage, type OrderSight } from '../pages/stop-orders.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Query = {
  querystring: Type.Object({ after: Type.Optional(Type.String({ maxLength: 600 })) }),
}
const Params = { params: Type.Object({ id: Id }) }
const LIMIT = 100

const load = async (visit: SignedVisit, after: string | undefined) => {
  const more = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
  const path = `/v1/stop-orders?limit=${LIMIT}${more}`
  const found = await visit.api.get<Static<typeof StopOrderPage>>(path)
  const orders = await Promise.all(
    found.items.map(async (order): Promise<OrderSight> => ({
      order,
      from: await visit.names.agency(order.owner),
      due: visit.when.full(order.due_at),
    })),
  )
  return { orders, next: found.next }
}

/** One of them, wherever it stands in the list. */
const find = async (visit: SignedVisit, id: string): Promise<OrderSight> => {
  let after: string | undefined
  do {
    const { orders, next } = await load(visit, after)
    const sight = orders.find(({ order }) => order.id === id)
    if (sight !== undefined) return sight
    after = next ?? undefined
  } while (after !== undefined)
  throw new Problem('not_found')
}

/** Orders to stop that one's own agency was given, and its answers. */
export const stopOrders: PortalRoute = (portal) => {
  const answerPage = async (
    visit: SignedVisit,
    wrong: readonly Wrong[],
    form: Form | null,
  ): Promise<PageView> => {
    const status = wrong.length > 0 ? 422 : 200
    const { id } = visit.request.params as { id: string }
    const body = <AnswerOrderPage sight={await find(visit, id)} wrong={wrong} form={form} />
    return { kind: 'page', title: 'order.title', place: 'more', status, body }
  }
  portal.get('/stop-orders', Query, async (visit) => {
    const { after } = visit.request.query as { after?: string }
    const { orders, next } = await load(visit, after)
    const body = <StopOrdersPage orders={orders} next={next} />
    return { kind: 'page', title: 'order.title', place: 'more', isLive: true, body }
  })
  portal.get('/stop-orders/:id', Params, (visit) => answerPage(visit, [], null))
  portal.post('/stop-orders/:id', Params, async (visit, form) => {
    const { id } = visit.request.params as { id: string }
    const law = form.text('legal_reference')
    const answer = form.text('answer') ?? ''
    const isKept = answer === 'retained_by_law' && law !== undefined
    try {
      await visit.api.post(
        `/v1/stop-orders/${id}/answer`,
        { answer, ...(isKept ? { legal_reference: law } : {}) },
        { idempotencyKey: form.text('key') ?? '' },
      )
    } catch (error) {
      return await answerPage(visit, wrongOf(error, 'answer'), form)
    }
    return goTo('/stop-orders')
  })
}
