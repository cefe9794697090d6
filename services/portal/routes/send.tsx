import { Type, type Static } from 'typebox'
import { sessionCookieOf } from '../../../src/auth.ts'
import { HubError } from '../../../src/client/http.ts'
import {
  Id,
  MINOR_AGE_BANDS,
  PURPOSES,
  REFERRAL_KINDS,
  URGENCIES,
  type Category,
} from '../../../src/contracts/codes.ts'
import { GENDERS } from '../../../src/contracts/directory.ts'
import type { ReferralPreview, SentReferral } from '../../../src/contracts/referral.ts'
import { Problem } from '../../../src/problem.ts'
import { grantsOf, readCase } from '../case-sight.ts'
import { statementOf } from '../consent-form.ts'
import { createDraftStore, type DraftStore, type SendDraft } from '../draft-cookie.ts'
import { matchesFor } from '../match-sight.ts'
import type { PortalRoute } from '../page.ts'
import { CheckPage, RefusedPage } from '../pages/send-check.tsx'
import { SendConsentPage } from '../pages/send-consent.tsx'
import { NeedPage, ServicesPage } from '../pages/send.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { readReferral } from '../referral-sight.ts'
import { previewSight } from '../preview-sight.ts'
import { formOf, goTo, type Form, type PageView, type SignedVisit, type View } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const page = (body: PageView['body'], status = 200): PageView => ({
  kind: 'page',
  title: 'send.title',
  place: 'cases',
  status,
  body,
})

const oneIn = <T extends string>(list: readonly T[], value: string | undefined): T | undefined =>
  list.find((each) => each === value)

const choose = async (visit: SignedVisit, draft: SendDraft): Promise<View> => {
  const { purpose } = draft
  if (purpose === undefined) return goTo('/send/need')
  const { wide, after } = visit.request.query as { wide?: 'yes'; after?: string }
  const record = await readCase(visit, draft.case)
  const near = wide === 'yes' ? null : record.district
  const { matches, next } = await matchesFor(visit, { record, draft, purpose, near, after })
  return page(
    <ServicesPage
      matches={matches}
      purpose={purpose}
      area={near === null ? null : visit.names.area(near)}
      isWide={wide === 'yes'}
      next={next}
    />,
  )
}

const showConsent = async (
  visit: SignedVisit,
  draft: SendDraft,
  wrong: readonly Wrong[],
  form: Form | null,
): Promise<View> => {
  const [record, service] = await Promise.all([
    readCase(visit, draft.case),
    visit.names.serviceRow(draft.service ?? ''),
  ])
  if (service === null) return goTo('/send/service')
  const grants = await grantsOf(visit, draft.case)
  const standing = grants.find(
    ({ grant, isActive }) =>
      isActive && grant.recipient === service.agency && grant.purpose === service.stage,
  )
  return page(
    <SendConsentPage
      agency={await visit.names.agency(service.agency)}
      held={record.data.map(({ category }) => category as Category)}
      minimum={service.minimum_categories}
      standing={standing ?? null}
      isMinor={MINOR_AGE_BANDS.includes(record.age_band)}
      wrong={wrong}
      form={form}
    />,
    wrong.length > 0 ? 422 : 200,
  )
}

/** Records the consent that is said here, unless what stands covers all that was ticked. */
const takeConsent = async (visit: SignedVisit, draft: SendDraft, form: Form): Promise<View> => {
  const { t } = visit
  const categories = form.list('categories') as Category[]
  const service = await visit.names.serviceRow(draft.service ?? '')
  if (service === null) return goTo('/send/service')
  if (categories.length === 0) {
    return await showConsent(visit, draft, [{ field: 'categories', message: t('send.none') }], form)
  }
  const grants = await grantsOf(visit, draft.case)
  const isSaid = form.text('method') !== undefined
  const isCovered = grants.some(
    ({ grant, isActive }) =>
      isActive &&
      grant.recipient === service.agency &&
      grant.purpose === service.stage &&
      categories.every((category) => grant.categories.includes(category)),
  )
  if (!isCovered && !isSaid) {
    const wrong = [{ field: 'method', message: t('consent.lacks.method') }]
    return await showConsent(visit, draft, wrong, form)
  }
  if (!isCovered) {
    const statement = statementOf(visit, form, {
      case: draft.case,
      recipients: [service.agency],
      purposes: [service.stage],
      categories,
    })
    try {
      await visit.api.post('/v1/consents', statement, { idempotencyKey: form.text('key') ?? '' })
    } catch (error) {
      return await showConsent(visit, draft, wrongOf(error, 'method'), form)
    }
  }
  return goTo('/send/check')
}

const askedOf = (draft: SendDraft): object => ({
  case: draft.case,
  service: draft.service,
  urgency: draft.urgency,
  categories: draft.categories ?? [],
  ...(draft.kind === undefined ? {} : { kind: draft.kind }),
})

const showCheck = async (visit: SignedVisit, draft: SendDraft): Promise<View> => {
  const preview = await visit.api.post<Static<typeof ReferralPreview>>(
    '/v1/referrals/preview',
    askedOf(draft),
  )
  const sight = await previewSight(visit, preview)
  return page(<CheckPage draft={draft} sight={sight} />)
}

/** A refusal of a send in words: on the page that cures it, else with the ways back. */
const refused = async (visit: SignedVisit, draft: SendDraft, error: unknown): Promise<View> => {
  if (!(error instanceof HubError) || error.code !== 'consent_missing') {
    return page(<RefusedPage draft={draft} wrong={wrongOf(error, 'check')} />, 422)
  }
  const missing = (error.problem['missing'] ?? []) as readonly Category[]
  const what = missing.map((category) => visit.t(`category.${category}`)).join(', ')
  const wrong = [{ field: 'categories', message: visit.t('send.lacking', { what }) }]
  return await showConsent(visit, draft, wrong, chosenForm(draft))
}

/** The categories as they were ticked; how it was said is asked again. */
const chosenForm = (draft: SendDraft): Form => ({
  text: () => undefined,
  list: (name) => (name === 'categories' ? (draft.categories ?? []) : []),
  file: () => undefined,
  cut: null,
})

type WithDraft = (visit: SignedVisit, draft: SendDraft, form: Form) => Promise<View>

const steps = (portal: Parameters<PortalRoute>[0], store: DraftStore) => {
  const withDraft =
    (work: WithDraft) =>
    async (visit: SignedVisit, form?: Form): Promise<View> => {
      const draft = store.read(visit.request)
      if (draft === null) return goTo('/cases')
      return await work(visit, draft, form ?? formOf({}))
    }
  const keep = (visit: SignedVisit, draft: SendDraft, to: string): View => {
    store.write(visit.request, visit.reply, draft)
    return goTo(to)
  }
  return { withDraft, keep, portal }
}

const Params = { params: Type.Object({ id: Id }) }
const ServiceQuery = {
  querystring: Type.Object({
    wide: Type.Optional(Type.Literal('yes')),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}

type Keep = (visit: SignedVisit, draft: SendDraft, to: string) => View

/** The ways into a send: from the beginning, from a stage or gap, and again after a refusal. */
const starts = (portal: Parameters<PortalRoute>[0], keep: Keep): void => {
  const begin = async (visit: SignedVisit, form: Form, to: string): Promise<View> => {
    const { id } = visit.request.params as { id: string }
    const purpose = oneIn(PURPOSES, form.text('purpose'))
    await readCase(visit, id)
    return keep(visit, { case: id, ...(purpose === undefined ? {} : { purpose }) }, to)
  }
  portal.post('/cases/:id/send', Params, (visit, form) => begin(visit, form, '/send/need'))
  portal.post('/cases/:id/find', Params, (visit, form) => begin(visit, form, '/send/service'))
  portal.post('/cases/:id/ask-again', Params, async (visit, form) => {
    const { id } = visit.request.params as { id: string }
    const before = await readReferral(visit, form.text('referral') ?? '')
    if (before.case !== id) throw new Problem('not_found')
    const { purpose, urgency, service } = before
    return keep(visit, { case: id, purpose, urgency, service, kind: 'referral' }, '/send/consent')
  })
}

/** Sending, one question a page; nothing leaves before the last one. */
export const send: PortalRoute = (portal) => {
  const store = createDraftStore(portal.ctx, sessionCookieOf(portal.ctx.config))
  const { withDraft, keep } = steps(portal, store)
  starts(portal, keep)
  portal.get(
    '/send/need',
    {},
    withDraft(async (visit, draft) => {
      await readCase(visit, draft.case)
      return page(<NeedPage draft={draft} wrong={[]} />)
    }),
  )
  portal.post(
    '/send/need',
    {},
    withDraft(async (visit, draft, form) => {
      const purpose = oneIn(PURPOSES, form.text('purpose'))
      const urgency = oneIn(URGENCIES, form.text('urgency'))
      const kind = oneIn(REFERRAL_KINDS, form.text('kind')) ?? 'referral'
      const wrong: Wrong[] = []
      if (purpose === undefined)
        wrong.push({ field: 'purpose', message: visit.t('send.purpose_wrong') })
      if (urgency === undefined)
        wrong.push({ field: 'urgency', message: visit.t('send.urgency_wrong') })
      if (purpose === undefined || urgency === undefined) {
        return page(<NeedPage draft={draft} wrong={wrong} />, 422)
      }
      const gender = oneIn(GENDERS, form.text('gender'))
      const said = { purpose, urgency, kind, ...(gender === undefined ? {} : { gender }) }
      const { service } = draft
      const stays = service !== undefined && draft.purpose === purpose
      const takes = stays ? ((await visit.names.serviceRow(service))?.urgencies ?? []) : []
      return stays && takes.includes(urgency)
        ? keep(visit, { case: draft.case, ...said, service }, '/send/consent')
        : keep(visit, { case: draft.case, ...said }, '/send/service')
    }),
  )
  portal.get(
    '/send/service',
    ServiceQuery,
    withDraft((visit, draft) => choose(visit, draft)),
  )
  portal.post(
    '/send/service',
    {},
    withDraft(async (visit, draft, form) => {
      const service = form.text('service')
      if (service === undefined) return goTo('/send/service')
      // Found from a gap: how urgent it is has not been asked yet.
      const next = draft.urgency === undefined ? '/send/need' : '/send/consent'
      return keep(visit, { ...draft, service }, next)
    }),
  )
  portal.get(
    '/send/consent',
    {},
    withDraft((visit, draft) => showConsent(visit, draft, [], null)),
  )
  portal.post(
    '/send/consent',
    {},
    withDraft(async (visit, draft, form) => {
      const categories = form.list('categories') as Category[]
      const next = await takeConsent(visit, draft, form)
      if (next.kind === 'go') store.write(visit.request, visit.reply, { ...draft, categories })
      return next
    }),
  )
  portal.get(
    '/send/check',
    {},
    withDraft((visit, draft) =>
      showCheck(visit, draft).catch((error: unknown) => refused(visit, draft, error)),
    ),
  )
  portal.post(
    '/send/check',
    {},
    withDraft(async (visit, draft, form) => {
      try {
        const key = { idempotencyKey: form.text('key') ?? '' }
        const sent = await visit.api.post<SentReferral>('/v1/referrals', askedOf(draft), key)
        store.clear(visit.reply)
        return goTo(`/referrals/${sent.id}?done=send`)
      } catch (error) {
        return await refused(visit, draft, error)
      }
    }),
  )
}
