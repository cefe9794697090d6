import { Type, type Static } from 'typebox'
import {
  Id,
  MINOR_AGE_BANDS,
  PURPOSES,
  type Category,
  type Purpose,
} from '../../../src/contracts/codes.ts'
import type { NewWithdrawal, Withdrawn, WithdrawalRead } from '../../../src/contracts/consent.ts'
import { agencyOptions } from '../agencies.ts'
import { grantsOf, readCase } from '../case-sight.ts'
import { statementOf } from '../consent-form.ts'
import type { PortalRoute } from '../page.ts'
import { ConsentPage, WithdrawnPage, WithdrawPage } from '../pages/consent.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { goTo, pageIn, type Form, type SignedVisit, type View } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Params = { params: Type.Object({ id: Id }) }
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id

const page = pageIn('cases')

const showConsent = async (
  visit: SignedVisit,
  wrong: readonly Wrong[],
  form: Form | null,
): Promise<View> => {
  const record = await readCase(visit, idOf(visit))
  const isMinor = MINOR_AGE_BANDS.includes(record.age_band)
  const agencies = await agencyOptions(visit)
  const given = { id: record.id, agencies, isMinor, wrong, form }
  return page('consent.record', <ConsentPage {...given} />, wrong.length > 0 ? 422 : 200)
}

const showWithdraw = async (visit: SignedVisit, wrong: readonly Wrong[]): Promise<View> => {
  const id = idOf(visit)
  await readCase(visit, id)
  const grants = (await grantsOf(visit, id)).filter(
    ({ isActive, grant }) => isActive && grant.basis === 'consent',
  )
  const body = <WithdrawPage id={id} grants={grants} wrong={wrong} />
  return page('withdraw.title', body, wrong.length > 0 ? 422 : 200)
}

/** What nobody chose yet, each beside its own field. */
const lackOf = ({ t }: SignedVisit, form: Form): readonly Wrong[] =>
  (['recipients', 'purposes', 'categories', 'method'] as const)
    .filter((field) => form.list(field).length === 0)
    .map((field) => ({ field, message: t(`consent.lacks.${field}`) }))

/** `all`, or an agency, or an agency and a purpose. */
const withdrawalOf = (id: string, chosen: string): NewWithdrawal => {
  const [recipient = '', purpose] = chosen.split('/')
  if (chosen === 'all') return { case: id, scope: 'all_sharing' }
  if (purpose === undefined) return { case: id, scope: 'this_agency', recipient }
  return { case: id, scope: 'this_referral', recipient, purpose: purpose as Purpose }
}

/** What the survivor agrees to, and how sharing stops: one act, no reason. */
export const consent: PortalRoute = (portal) => {
  portal.get('/cases/:id/consent', Params, (visit) => showConsent(visit, [], null))
  portal.post('/cases/:id/consent', Params, async (visit, form) => {
    const lacks = lackOf(visit, form)
    if (lacks.length > 0) return await showConsent(visit, lacks, form)
    const statement = statementOf(visit, form, {
      case: idOf(visit),
      recipients: form.list('recipients'),
      purposes: PURPOSES.filter((purpose) => form.list('purposes').includes(purpose)),
      categories: form.list('categories') as Category[],
    })
    try {
      await visit.api.post('/v1/consents', statement, { idempotencyKey: form.text('key') ?? '' })
    } catch (error) {
      return await showConsent(visit, wrongOf(error, 'method'), form)
    }
    return goTo(`/cases/${idOf(visit)}`)
  })
  portal.get('/cases/:id/withdraw', Params, (visit) => showWithdraw(visit, []))
  portal.post('/cases/:id/withdraw', Params, async (visit, form) => {
    const chosen = form.text('what')
    if (chosen === undefined) {
      return await showWithdraw(visit, [{ field: 'what', message: visit.t('withdraw.choose') }])
    }
    const asked = withdrawalOf(idOf(visit), chosen)
    try {
      const key = { idempotencyKey: form.text('key') ?? '' }
      const done = await visit.api.post<Static<typeof Withdrawn>>('/v1/withdrawals', asked, key)
      if (done.withdrawal === null) return goTo(`/cases/${idOf(visit)}`)
      return goTo(`/withdrawals/${done.withdrawal.id}`)
    } catch (error) {
      return await showWithdraw(visit, wrongOf(error, 'what'))
    }
  })
  portal.get('/withdrawals/:id', Params, async (visit) => {
    const path = `/v1/withdrawals/${idOf(visit)}`
    const withdrawal = await visit.api.get<WithdrawalRead>(path)
    const orders = await Promise.all(
      withdrawal.orders.map(async (order) => ({
        order,
        holder: await visit.names.agency(order.holder),
        due: visit.when.full(order.due_at),
      })),
    )
    const body = <WithdrawnPage withdrawal={withdrawal} orders={orders} />
    return { ...page('withdraw.done', body), isLive: true }
  })
}
