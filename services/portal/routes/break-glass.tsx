import { Type, type Static } from 'typebox'
import type {
  GlassOpened,
  GlassPage,
  GlassRead,
  GlassWords,
} from '../../../src/contracts/break-glass.ts'
import { CATEGORIES, Id, oneOf, type Category } from '../../../src/contracts/codes.ts'
import { decide, type Action } from '../../../src/decide.ts'
import type { PortalRoute } from '../page.ts'
import {
  AskGlassPage,
  GlassListPage,
  GlassPageOf,
  type GlassSide,
  type GlassSight,
} from '../pages/break-glass.tsx'
import { OpenedPage } from '../pages/open-data.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { readReferral } from '../referral-sight.ts'
import { actorOf } from '../steps.ts'
import { troubleOf } from '../trouble.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'

const Params = { params: Type.Object({ id: Id }) }
const OpenParams = { params: Type.Object({ id: Id, category: oneOf(CATEGORIES) }) }
const Query = {
  querystring: Type.Object({
    side: Type.Optional(oneOf(['agency', 'owner'])),
    after: Type.Optional(Id),
  }),
}

const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id

const sightOf = async (visit: SignedVisit, glass: GlassRead): Promise<GlassSight> => {
  const { agency, owner, asked_by: askedBy, approved_by: approvedBy, state } = glass
  const target = { kind: 'break_glass', agency, owner, askedBy: askedBy ?? '', approvedBy } as const
  const may = (action: Action): boolean => decide(actorOf(visit.me), action, target).allow
  const isApproved = glass.approved_at !== null
  return {
    glass,
    agency: await visit.names.agency(agency),
    owner: await visit.names.agency(owner),
    lapses: visit.when.full(glass.lapses_at),
    ends: glass.ends_at === null ? null : visit.when.full(glass.ended_at ?? glass.ends_at),
    due: glass.review_due === null ? null : visit.when.full(glass.review_due),
    may: {
      approve: state === 'asked' && may('break_glass.approve'),
      open: state === 'open' && may('break_glass.open'),
      end: (state === 'asked' || state === 'open') && may('break_glass.end'),
      review: isApproved && glass.outcome === null && may('break_glass.review'),
      words: may('break_glass.words'),
    },
  }
}

const glassPage = async (
  visit: SignedVisit,
  trouble: Trouble = NO_TROUBLE,
  form: Form | null = null,
  words: Static<typeof GlassWords> | null = null,
): Promise<PageView> => {
  const glass = await visit.api.get<GlassRead>(`/v1/break-glass/${idOf(visit)}`)
  const sight = await sightOf(visit, glass)
  const status = trouble === NO_TROUBLE ? 200 : 422
  const body = <GlassPageOf sight={sight} trouble={trouble} form={form} words={words} />
  return { kind: 'page', title: 'glass.title', place: 'more', status, body }
}

/** Emergency access: asked for at a referral; approved, used, ended and judged at its own page. */
export const breakGlass: PortalRoute = (portal) => {
  const askPage = async (
    visit: SignedVisit,
    trouble: Trouble,
    form: Form | null,
  ): Promise<PageView> => {
    const { id } = await readReferral(visit, idOf(visit))
    const status = trouble === NO_TROUBLE ? 200 : 422
    const body = <AskGlassPage referral={id} trouble={trouble} form={form} />
    return { kind: 'page', title: 'glass.title', place: 'referrals', status, body }
  }
  portal.get('/referrals/:id/break-glass', Params, (visit) => askPage(visit, NO_TROUBLE, null))
  portal.post('/referrals/:id/break-glass', Params, async (visit, form) => {
    const asked = {
      reason: form.text('reason') ?? '',
      categories: form.list('categories'),
      text: form.text('text') ?? '',
    }
    try {
      const path = `/v1/referrals/${idOf(visit)}/break-glass`
      const options = { idempotencyKey: form.text('key') ?? '' }
      const { id } = await visit.api.post<GlassRead>(path, asked, options)
      return goTo(`/break-glass/${id}`)
    } catch (error) {
      return await askPage(
        visit,
        troubleOf(error, 'reason', `/referrals/${idOf(visit)}/break-glass`),
        form,
      )
    }
  })
  portal.get('/break-glass', Query, async (visit) => {
    const { side = 'agency', after } = visit.request.query as { side?: GlassSide; after?: string }
    const more = after === undefined ? '' : `&after=${after}`
    const path = `/v1/break-glass?side=${side}${more}`
    const { items, next } = await visit.api.get<Static<typeof GlassPage>>(path)
    const sights = await Promise.all(items.map((glass) => sightOf(visit, glass)))
    const body = <GlassListPage side={side} sights={sights} next={next} />
    return { kind: 'page', title: 'glass.title', place: 'more', isLive: true, body }
  })
  portal.get('/break-glass/:id', Params, (visit) => glassPage(visit))
  for (const verb of ['approve', 'end', 'review'] as const) {
    portal.post(`/break-glass/:id/${verb}`, Params, async (visit, form) => {
      const version = Number(form.text('version'))
      const note = form.text('note')
      const judged = {
        outcome: form.text('outcome') ?? '',
        ...(note === undefined ? {} : { note }),
      }
      try {
        await visit.api.post(
          `/v1/break-glass/${idOf(visit)}/${verb}`,
          { version, ...(verb === 'review' ? judged : {}) },
          { idempotencyKey: form.text('key') ?? '' },
        )
      } catch (error) {
        return await glassPage(
          visit,
          troubleOf(error, 'outcome', `/break-glass/${idOf(visit)}`),
          form,
        )
      }
      return goTo(`/break-glass/${idOf(visit)}`)
    })
  }
  portal.post('/break-glass/:id/words', Params, async (visit) => {
    const path = `/v1/break-glass/${idOf(visit)}/words/open`
    const words = await visit.api.post<Static<typeof GlassWords>>(path, {})
    return await glassPage(visit, NO_TROUBLE, null, words)
  })
  portal.post('/break-glass/:id/data/:category', OpenParams, async (visit) => {
    const { id, category } = visit.request.params as { id: string; category: Category }
    const path = `/v1/break-glass/${id}/package/${category}/open`
    const { data } = await visit.api.post<Static<typeof GlassOpened>>(path, {})
    const body = <OpenedPage back={`/break-glass/${id}`} category={category} data={data} />
    return { kind: 'page', title: 'data.page', place: 'more', body }
  })
}
