import { Type, type Static } from 'typebox'
import { HubError } from '../../../src/client/http.ts'
import type { Blocked } from '../../../src/contracts/case.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { agencyOptions } from '../agencies.ts'
import { readCase } from '../case-sight.ts'
import type { PortalRoute } from '../page.ts'
import { ChangeCasePage, DoNotSendPage, StatusPage } from '../pages/case-settings.tsx'
import { ReviewPage } from '../pages/returns.tsx'
import type { Wrong } from '../parts/fields.tsx'
import type { Key } from '../parts/words.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Params = { params: Type.Object({ id: Id }) }
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id
const keyOf = (form: Form) => ({ idempotencyKey: form.text('key') ?? '' })

const page = (title: Key, body: PageView['body'], wrong: readonly Wrong[]): PageView => ({
  kind: 'page',
  title,
  place: 'cases',
  status: wrong.length > 0 ? 422 : 200,
  body,
})

const showBlocked = async (visit: SignedVisit, wrong: readonly Wrong[] = []): Promise<PageView> => {
  const id = idOf(visit)
  const [record, agencies] = await Promise.all([readCase(visit, id), agencyOptions(visit)])
  const blocked = await Promise.all(
    record.do_not_send.map(async (value) => ({ value, text: await visit.names.agency(value) })),
  )
  const others = agencies.filter(({ value }) => !record.do_not_send.includes(value))
  return page('blocked.title', <DoNotSendPage {...{ id, blocked, others, wrong }} />, wrong)
}

const blocking: PortalRoute = (portal) => {
  portal.get('/cases/:id/do-not-send', Params, (visit) => showBlocked(visit))
  portal.post('/cases/:id/do-not-send', Params, async (visit, form) => {
    const agency = form.text('agency')
    if (agency === undefined) {
      return await showBlocked(visit, [{ field: 'agency', message: visit.t('blocked.choose') }])
    }
    const path = `/v1/cases/${idOf(visit)}/do-not-send/${encodeURIComponent(agency)}`
    const done = await visit.api.put<Static<typeof Blocked>>(path, {}, keyOf(form))
    if (done.needs_review.length === 0) return goTo(`/cases/${idOf(visit)}/do-not-send`)
    const body = <ReviewPage id={idOf(visit)} referrals={done.needs_review} />
    return page('blocked.title', body, [])
  })
  portal.post('/cases/:id/do-not-send/allow', Params, async (visit, form) => {
    const agency = encodeURIComponent(form.text('agency') ?? '')
    await visit.api.delete(`/v1/cases/${idOf(visit)}/do-not-send/${agency}`, keyOf(form))
    return goTo(`/cases/${idOf(visit)}/do-not-send`)
  })
}

/** Names the gaps and stages that keep a case from being finished. */
const unfinished = ({ t }: SignedVisit, error: HubError): readonly Wrong[] => {
  const words = (member: string, prefix: string) =>
    ((error.problem[member] ?? []) as string[]).map((code) => t(`${prefix}.${code}` as Key))
  const what = [...words('gaps', 'rule'), ...words('stages', 'purpose')].join(', ')
  return [{ field: 'reason', message: t('case.unfinished', { what }) }]
}

const showStatus = async (
  visit: SignedVisit,
  wrong: readonly Wrong[] = [],
  form: Form | null = null,
): Promise<PageView> => {
  const record = await readCase(visit, idOf(visit))
  return page('case.title', <StatusPage {...{ record, wrong, form }} />, wrong)
}

const status: PortalRoute = (portal) => {
  portal.get('/cases/:id/status', Params, (visit) => showStatus(visit))
  portal.post('/cases/:id/status', Params, async (visit, form) => {
    const reason = form.text('reason')
    const body = {
      status: form.text('status') ?? '',
      version: Number(form.text('version')),
      ...(reason === undefined ? {} : { reason }),
    }
    try {
      await visit.api.put(`/v1/cases/${idOf(visit)}/status`, body, keyOf(form))
    } catch (error) {
      const isUnfinished = error instanceof HubError && error.code === 'pathway_unfinished'
      const wrong = isUnfinished ? unfinished(visit, error) : wrongOf(error, 'status')
      return await showStatus(visit, wrong, form)
    }
    return goTo(`/cases/${idOf(visit)}?done=recorded`)
  })
  portal.post('/cases/:id/charge', Params, async (visit, form) => {
    await visit.api.put(`/v1/cases/${idOf(visit)}/manager`, {}, keyOf(form))
    return goTo(`/cases/${idOf(visit)}`)
  })
}

const showChange = async (
  visit: SignedVisit,
  wrong: readonly Wrong[] = [],
  form: Form | null = null,
): Promise<PageView> => {
  const record = await readCase(visit, idOf(visit))
  const areas = visit.names.areas()
  return page('case.change', <ChangeCasePage {...{ record, areas, wrong, form }} />, wrong)
}

const changing: PortalRoute = (portal) => {
  portal.get('/cases/:id/change', Params, (visit) => showChange(visit))
  portal.post('/cases/:id/change', Params, async (visit, form) => {
    const body = {
      age_band: form.text('age_band') ?? '',
      district: form.text('district') ?? null,
      languages: form.list('languages'),
      needs: form.list('needs'),
      version: Number(form.text('version')),
    }
    try {
      await visit.api.put(`/v1/cases/${idOf(visit)}`, body, keyOf(form))
    } catch (error) {
      return await showChange(visit, wrongOf(error, 'age_band'), form)
    }
    return goTo(`/cases/${idOf(visit)}?done=recorded`)
  })
}

/** What is set of a case beside its pathway: its description, who gets nothing, open or closed. */
export const caseSettings: PortalRoute = (portal) => {
  for (const part of [blocking, status, changing]) part(portal)
}
