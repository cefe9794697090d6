import { Type } from 'typebox'
import { Id, oneOf, STAGES, type Stage } from '../../../src/contracts/codes.ts'
import { caseSightOf, readCase } from '../case-sight.ts'
import { dayOf } from '../form-dates.ts'
import type { PortalRoute } from '../page.ts'
import { CasePage } from '../pages/case.tsx'
import { LaterPage, StagePage } from '../pages/stage.tsx'
import { goTo, type Form } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const CaseParams = {
  params: Type.Object({ id: Id }),
  querystring: Type.Object({ done: Type.Optional(oneOf(['recorded'])) }),
}
const StageParams = { params: Type.Object({ id: Id, stage: oneOf(STAGES) }) }

interface StageAsked {
  readonly id: string
  readonly stage: Stage
}

const settingOf = (form: Form): object => {
  const state = form.text('state')
  const reason = form.text('reason')
  const again = dayOf(form, 'ask_again_on')
  return {
    state: state ?? '',
    ...(state === 'not_needed' && reason !== undefined ? { reason } : {}),
    ...(state === 'survivor_declined' && again !== undefined ? { ask_again_on: again } : {}),
  }
}

/** One case: its pathway, who may know what, what is written down; and what a stage is. */
export const caseRoute: PortalRoute = (portal) => {
  portal.get('/cases/:id', CaseParams, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const { done } = visit.request.query as { done?: 'recorded' }
    const sight = await caseSightOf(visit, await readCase(visit, id))
    const body = <CasePage sight={sight} isDone={done !== undefined} />
    return { kind: 'page', title: 'case.title', place: 'cases', isLive: true, body }
  })
  portal.get('/cases/:id/stages/:stage', StageParams, async (visit) => {
    const { id, stage } = visit.request.params as StageAsked
    const record = await readCase(visit, id)
    const now = record.stages.find((row) => row.stage === stage)?.state ?? 'not_assessed'
    const body = <StagePage id={id} stage={stage} now={now} wrong={[]} />
    return { kind: 'page', title: 'stage.title', place: 'cases', body }
  })
  portal.post('/cases/:id/stages/:stage', StageParams, async (visit, form) => {
    const { id, stage } = visit.request.params as StageAsked
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.put(`/v1/cases/${id}/stages/${stage}`, settingOf(form), key)
    } catch (error) {
      const wrong = wrongOf(error, 'state')
      const now = form.text('state') ?? ''
      const body = <StagePage id={id} stage={stage} now={now} wrong={wrong} form={form} />
      return { kind: 'page', title: 'stage.title', place: 'cases', status: 422, body }
    }
    return goTo(`/cases/${id}?done=recorded`)
  })
  portal.get('/cases/:id/stages/:stage/later', StageParams, async (visit) => {
    const { id, stage } = visit.request.params as StageAsked
    await readCase(visit, id)
    const body = <LaterPage id={id} stage={stage} wrong={[]} />
    return { kind: 'page', title: 'stage.title', place: 'cases', body }
  })
  portal.post('/cases/:id/stages/:stage/later', StageParams, async (visit, form) => {
    const { id, stage } = visit.request.params as StageAsked
    const again = dayOf(form, 'ask_again_on')
    const body = {
      state: 'survivor_declined',
      ...(again === undefined ? {} : { ask_again_on: again }),
    }
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.put(`/v1/cases/${id}/stages/${stage}`, body, key)
    } catch (error) {
      const wrong = wrongOf(error, 'ask_again_on')
      const again = <LaterPage id={id} stage={stage} wrong={wrong} form={form} />
      return { kind: 'page', title: 'stage.title', place: 'cases', status: 422, body: again }
    }
    return goTo(`/cases/${id}?done=recorded`)
  })
}
