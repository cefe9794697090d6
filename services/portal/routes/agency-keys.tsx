import { Type } from 'typebox'
import { AgencyKeyName, type AgencyKeySet } from '../../../src/contracts/agency-key.ts'
import { Id } from '../../../src/contracts/codes.ts'
import { decide } from '../../../src/decide.ts'
import { actorOf } from '../steps.ts'
import { startOfDay } from '../form-dates.ts'
import type { PortalRoute } from '../page.ts'
import { AgencyKeysPage, type KeySight, type WaitingSight } from '../pages/agency-keys.tsx'
import { EndKeyPage } from '../pages/end-key.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { troubleOf } from '../trouble.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'

const Of = { params: Type.Object({ id: Id }) }
const One = { params: Type.Object({ id: Id, kid: AgencyKeyName }) }

const agencyOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id

const keysPage = async (visit: SignedVisit): Promise<PageView> => {
  const { when, me, names } = visit
  const agency = agencyOf(visit)
  const { keys, waiting } = await visit.api.get<AgencyKeySet>(`/v1/agency-keys/${agency}`)
  const told = (instant: string | null): string | null =>
    instant === null ? null : when.full(instant)
  const target = { kind: 'owned', owner: agency } as const
  const isHub = me.agency === null
  const mayEnd =
    decide(actorOf(me), 'agency_key.end', isHub ? { kind: 'none' } : target).allow &&
    (isHub || me.agency === agency)
  const sights = await Promise.all(
    keys.map(async (key): Promise<KeySight> => ({
      key,
      live: told(key.live_at),
      ended: told(key.revoked_at ?? key.retired_at),
      safe: told(key.compromised_since),
      unreached: await Promise.all((key.told?.unreached ?? []).map((id) => names.agency(id))),
    })),
  )
  const cooling = waiting.map((key): WaitingSight => ({
    key,
    since: when.full(key.since),
    live: told(key.live_at),
    // Whoever agrees to a key hears its fingerprint: it is not read off a page.
    fingerprint: isHub && key.state === 'proposed' ? null : key.fingerprint,
  }))
  const body = (
    <AgencyKeysPage
      agency={agency}
      name={await names.agency(agency)}
      keys={sights}
      waiting={cooling}
      mayEnd={mayEnd}
    />
  )
  return { kind: 'page', title: 'key.title', place: 'more', body }
}

const endPage = (visit: SignedVisit, trouble: Trouble, form: Form | null): PageView => {
  const { id, kid } = visit.request.params as { id: string; kid: string }
  const body = <EndKeyPage agency={id} kid={kid} trouble={trouble} form={form} />
  const status = trouble === NO_TROUBLE ? 200 : 422
  return { kind: 'page', title: 'key.title', place: 'more', status, body }
}

/** Keys that sign for an agency, each with its state; its own end here. */
export const agencyKeys: PortalRoute = (portal) => {
  portal.get('/agencies/:id/keys', Of, (visit) => keysPage(visit))
  portal.get('/agencies/:id/keys/:kid/end', One, async (visit) => endPage(visit, NO_TROUBLE, null))
  portal.post('/agencies/:id/keys/:kid/end', One, async (visit, form) => {
    const { id, kid } = visit.request.params as { id: string; kid: string }
    const state = form.text('state') ?? ''
    const since = startOfDay(form, 'compromised_since', visit.when.zone)
    const asked = {
      state,
      ...(state === 'revoked' && since !== undefined ? { compromised_since: since } : {}),
    }
    const path = `/agencies/${id}/keys`
    try {
      const options = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.post(`/v1/agency-keys/${id}/${kid}/end`, asked, options)
    } catch (error) {
      return endPage(visit, troubleOf(error, 'state', `${path}/${kid}/end`), form)
    }
    return goTo(path)
  })
}
