import { Type, type Static } from 'typebox'
import {
  UNITS,
  type CapacityList,
  type CapacityPage as Counted,
  type HoldPage,
  type Unit,
} from '../../../src/contracts/capacity.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import { Problem } from '../../../src/problem.ts'
import { servicesOf } from '../directory-sight.ts'
import { hasRole } from '../menu.ts'
import type { PortalRoute } from '../page.ts'
import {
  BeginCountPage,
  CapacityPage,
  COUNT_FIELDS,
  SetCountPage,
  type HoldSight,
} from '../pages/capacity.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { placeSight } from '../place-sight.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'
import { nameIn } from '../names.ts'

const UnitParams = { params: Type.Object({ id: Id, unit: oneOf(UNITS) }) }

interface Asked {
  readonly id: string
  readonly unit: Unit
}

const page = (body: PageView['body'], wrong: readonly Wrong[] = []): PageView => ({
  kind: 'page',
  title: 'place.mine',
  place: 'more',
  status: wrong.length > 0 ? 422 : 200,
  body,
})

const holdsOf = async (visit: SignedVisit): Promise<readonly HoldSight[]> => {
  const sides = ['recipient', 'sender'] as const
  const found = await Promise.all(
    sides.map((side) =>
      visit.api.get<Static<typeof HoldPage>>(`/v1/directory/holds?side=${side}&limit=100`),
    ),
  )
  return await Promise.all(
    found.flatMap(({ items }, index) =>
      items.map(async ({ referral, unit, service, expires_at: expiresAt }) => ({
        referral,
        unit,
        service: await visit.names.service(service),
        until: visit.when.near(expiresAt),
        isOurs: index === 0,
      })),
    ),
  )
}

const show = async (visit: SignedVisit, wrong: readonly Wrong[] = []): Promise<PageView> => {
  const { items } = await visit.api.get<Static<typeof Counted>>('/v1/directory/capacity?limit=100')
  const counted = await Promise.all(
    items.map(async (row) => ({
      name: await visit.names.service(row.service),
      sight: placeSight(visit, row),
    })),
  )
  const holds = await holdsOf(visit)
  const maySet = hasRole(visit.me.roles, ['supervisor'])
  return page(<CapacityPage {...{ counted, holds, maySet, wrong }} />, wrong)
}

const keyOf = (form: Form) => ({ idempotencyKey: form.text('key') ?? '' })
/** A whole number as it was typed; what is none is judged by the API. */
const numberOf = (text: string | undefined): number | string =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : (text ?? '')

const FRESH_HOURS = '24'
const HOLD_HOURS = '4'

const showSettings = async (
  visit: SignedVisit,
  wrong: readonly Wrong[] = [],
  form: Form | null = null,
): Promise<PageView> => {
  const { id, unit } = visit.request.params as Asked
  const path = `/v1/directory/services/${id}/capacity`
  const { items } = await visit.api.get<Static<typeof CapacityList>>(path)
  const found = items.find((row) => row.unit === unit)
  const values = {
    maximum: String(found?.maximum ?? ''),
    available: String(found?.available ?? ''),
    fresh_hours: String(found?.fresh_hours ?? FRESH_HOURS),
    hold_hours: String(found?.hold_hours ?? HOLD_HOURS),
  }
  const name = await visit.names.service(id)
  const version = found?.version ?? null
  const body = <SetCountPage {...{ service: id, unit, name, version, values, wrong, form }} />
  return page(body, wrong)
}

const showBegin = async (visit: SignedVisit, wrong: readonly Wrong[] = []): Promise<PageView> => {
  const rows = await servicesOf(visit, visit.me.agency ?? '')
  const services = rows.map((row) => ({
    value: row.id,
    text: nameIn(visit.language, row),
  }))
  return page(<BeginCountPage services={services} wrong={wrong} />, wrong)
}

/** Beds, hours and places of one's own agency: counted by whoever looks after them. */
export const capacity: PortalRoute = (portal) => {
  portal.get('/capacity', {}, (visit) => show(visit))
  portal.post('/capacity', {}, async (visit, form) => {
    const [service = '', unit = ''] = [form.text('service'), form.text('unit')]
    const field = `available-${service}-${unit}`
    const at = `/v1/directory/services/${encodeURIComponent(service)}/capacity/${encodeURIComponent(unit)}`
    const body = { available: numberOf(form.text(field)), version: Number(form.text('version')) }
    try {
      await visit.api.put(`${at}/available`, body, keyOf(form))
    } catch (error) {
      const wrong = wrongOf(error, field).map((each) => ({ ...each, field }))
      return await show(visit, wrong.slice(0, 1))
    }
    return goTo('/capacity')
  })
  portal.get('/capacity/new', {}, (visit) => showBegin(visit))
  portal.post('/capacity/new', {}, async (visit, form) => {
    const [service, unit] = [form.text('service'), form.text('unit')]
    if (service === undefined || !UNITS.some((each) => each === unit)) {
      return await showBegin(visit, [{ field: 'service', message: visit.t('place.choose') }])
    }
    if (!/^[0-9a-f-]{36}$/.test(service)) throw new Problem('not_found')
    return goTo(`/capacity/${service}/${unit}`)
  })
  portal.get('/capacity/:id/:unit', UnitParams, (visit) => showSettings(visit))
  portal.post('/capacity/:id/:unit', UnitParams, async (visit, form) => {
    const { id, unit } = visit.request.params as Asked
    const version = form.text('version')
    const body = {
      ...Object.fromEntries(COUNT_FIELDS.map((field) => [field, numberOf(form.text(field))])),
      version: version === undefined ? null : Number(version),
    }
    try {
      await visit.api.put(`/v1/directory/services/${id}/capacity/${unit}`, body, keyOf(form))
    } catch (error) {
      return await showSettings(visit, wrongOf(error, 'available'), form)
    }
    return goTo('/capacity')
  })
}
