import { Type, type Static } from 'typebox'
import type { ReturnRecorded } from '../../../src/contracts/case.ts'
import { Id, oneOf, RETURNS } from '../../../src/contracts/codes.ts'
import { Problem } from '../../../src/problem.ts'
import { readCase } from '../case-sight.ts'
import type { PortalRoute } from '../page.ts'
import { ReturnPage, ReviewPage } from '../pages/returns.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { returnSights } from '../pathway-sight.ts'
import { goTo, pageIn, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Params = { params: Type.Object({ id: Id, purpose: oneOf(RETURNS) }) }

interface Asked {
  readonly id: string
  readonly purpose: (typeof RETURNS)[number]
}

const page = pageIn('cases')

const show = async (
  visit: SignedVisit,
  wrong: readonly Wrong[],
  form: Form | null,
): Promise<PageView> => {
  const { id, purpose } = visit.request.params as Asked
  const sights = returnSights(visit, await readCase(visit, id))
  const sight = sights.find(({ read }) => read.purpose === purpose)
  if (sight === undefined) throw new Problem('not_found')
  const body = <ReturnPage {...{ id, sight, wrong, form }} />
  return page('return.title', body, wrong.length > 0 ? 422 : 200)
}

/** What was said is recorded each by itself; gives the referrals that no longer fit. */
const record = async (visit: SignedVisit, form: Form): Promise<readonly string[]> => {
  const { id, purpose } = visit.request.params as Asked
  const key = form.text('key') ?? ''
  const review: string[] = []
  for (const [name, path] of [
    ['wish', 'own-wish'],
    ['risk', 'risk-assessment'],
  ] as const) {
    const said = form.text(name)
    if (said === undefined) continue
    const done = await visit.api.put<Static<typeof ReturnRecorded>>(
      `/v1/cases/${id}/${path}`,
      { purpose, [name]: said },
      { idempotencyKey: `${key}-${name}` },
    )
    review.push(...done.needs_review)
  }
  return review
}

/** The gate of a return: nobody is brought back without an own wish and a look at the risk. */
export const returns: PortalRoute = (portal) => {
  portal.get('/cases/:id/returns/:purpose', Params, (visit) => show(visit, [], null))
  portal.post('/cases/:id/returns/:purpose', Params, async (visit, form) => {
    const { id } = visit.request.params as Asked
    if (form.text('wish') === undefined && form.text('risk') === undefined) {
      return await show(visit, [{ field: 'wish', message: visit.t('return.lacks') }], form)
    }
    try {
      const review = await record(visit, form)
      if (review.length > 0) return page('return.title', <ReviewPage id={id} referrals={review} />)
    } catch (error) {
      return await show(visit, wrongOf(error, 'wish'), form)
    }
    return goTo(`/cases/${id}?done=recorded`)
  })
}
