import postgres from 'postgres'
import { fail, look, movedTo, refusedAs, sameAs, type Watch } from './referral-check.ts'
import {
  destination,
  isForeign,
  isOver,
  mayTake,
  OPENABLE,
  refusalsOf,
  type Asker,
  type Model,
} from './referral-model.ts'
import { createScene, SECRET_TEXTS, SECRETS } from './referral-scene.ts'
import { bodyOf, EVENT_OF, mayRetry, stepOf, type Chance } from './referral-walk.ts'
import type { Teardown } from './run.ts'

/** Where walks take place, and what they have seen: steps as `state verb`, and refusals. */
export interface Stage extends Watch {
  readonly service: postgres.Sql
  readonly seen: Set<string>
}

export const createStage = async (t: Teardown): Promise<Stage> => {
  const scene = await createScene(t)
  const service = postgres(scene.hub.database.urlOf('titian_referrals'), { max: 2 })
  t.teardown(() => service.end())
  return { scene, service, seen: new Set(), last: new Map() }
}

const callOf = ({ scene }: Stage, by: Asker) => scene.as(scene.network[by.side][by.role])

const codeOf = async (stage: Stage, model: Model): Promise<string> => {
  const sender = await callOf(stage, { side: 'sender', role: 'worker' })
  return (await sender('GET', `/v1/referrals/${model.id}/arrival-code`)).body.code
}

export const move = async (stage: Stage, model: Model, given: Chance): Promise<void> => {
  const asked = stepOf(model, given)
  const { verb } = asked
  const isCode = verb === 'hand_over' && model.state === 'accepted'
  const code = isCode ? await codeOf(stage, model) : 'ZZZZZZ'
  const call = await callOf(stage, asked.by)
  const path = `/v1/referrals/${model.id}/${verb.replace('_', '-')}`
  const answer = await call('POST', path, bodyOf(asked, code))
  const allowed = refusalsOf(model, asked)
  const about = { asked, model }
  if (allowed.length > 0) {
    const refusal = await refusedAs(stage, model, allowed, answer, about)
    if (refusal === '422 arrival_code_wrong') model.misses += 1
    stage.seen.add(refusal)
    return
  }
  if (answer.status !== (verb === 'send' ? 201 : 200)) {
    fail('a step that is due was refused', { ...about, answer: answer.body })
  }
  stage.seen.add(`${model.state} ${verb}`)
  if (verb === 'hand_over') model.misses += 1
  model.state = destination(model.state, verb) ?? model.state
  model.version += 1
  if (verb === 'send') model.wasSent = true
  if (verb === 'hand_over' && model.kind === 'transfer') model.owner = 'recipient'
  const { state, version } = answer.body
  if (state !== model.state || version !== model.version)
    fail('a wrong answer', { ...about, answer })
  await movedTo(stage, model, EVENT_OF[verb], about)
}

export const open = async (stage: Stage, model: Model, given: Chance): Promise<void> => {
  const by: Asker = given.slip === 'by' ? given.by : { side: 'recipient', role: 'worker' }
  const category = given.slip === 'code' ? 'documents' : given.hasNote ? 'identity' : 'safety'
  const call = await callOf(stage, by)
  const answer = await call('POST', `/v1/referrals/${model.id}/package/${category}/open`)
  const allowed: string[] = []
  if (!mayTake(by.role, 'accept')) allowed.push('403 not_permitted')
  else if (isForeign(model, by) || by.side !== 'recipient') allowed.push('404 not_found')
  else if (model.state === 'revoked') allowed.push('409 consent_ended')
  else if (!OPENABLE.includes(model.state)) allowed.push('409 not_yet_accepted')
  else if (!model.isConsented) allowed.push('409 consent_ended')
  else if (category === 'documents') allowed.push('404 not_in_package')
  const about = { open: category, by, model }
  if (allowed.length > 0) {
    stage.seen.add(`open ${await refusedAs(stage, model, allowed, answer, about)}`)
    if (SECRET_TEXTS.some((text) => answer.text.includes(text))) fail('a refusal tells', about)
    return
  }
  if (JSON.stringify(answer.body.data) !== JSON.stringify(SECRETS[category])) {
    fail('not the content', { ...about, body: answer.body })
  }
  const told = await sameAs(stage, model, about)
  const isTold = told.length === 1 && told[0]?.type === 'referrals.package.opened.v1'
  if (!isTold) fail('not exactly one record of the opening', { ...about, told })
  stage.seen.add(`open ${model.state}`)
}

/** The clock's step, as the hub's own job takes it: no agency, no key. */
export const expire = async (stage: Stage, model: Model): Promise<void> => {
  const row = {
    i: 0,
    id: model.id,
    version: model.version,
    verb: 'expire',
    event: 'expired',
    from: ['sent', 'acknowledged', 'info_requested'],
    to: 'expired',
    side: 'clock',
    actor: 'hub',
    reason: 'no_decision',
    needs_grant: false,
    due: {},
  }
  const [result] = await stage.service<{ outcome: string }[]>`
    select outcome from referrals.move(${JSON.stringify([row])}::text::jsonb)`
  const isDue = destination(model.state, 'expire') !== undefined && model.urgency !== 'emergency'
  if (isDue !== (result?.outcome === 'ok')) fail('the clock', { model, result })
  if (!isDue) {
    await sameAs(stage, model, { expire: model })
    return
  }
  stage.seen.add(`${model.state} expire`)
  model.state = 'expired'
  model.version += 1
  await movedTo(stage, model, 'expired', { expire: model })
}

export const withdrawConsent = async (stage: Stage, model: Model, given: Chance): Promise<void> => {
  const side = given.slip === 'by' ? 'other' : model.owner
  const call = await callOf(stage, { side, role: 'worker' })
  const answer = await call('POST', '/v1/withdrawals', { case: model.caseId, scope: 'all_sharing' })
  if (answer.status !== (side === 'other' ? 404 : 200)) fail('a withdrawal', { model, answer })
  const isDone = side !== 'other'
  const ends = isDone && model.isConsented && destination(model.state, 'revoke') !== undefined
  if (isDone) model.isConsented = false
  if (!ends) {
    await sameAs(stage, model, { withdraw: model }, isDone)
    return
  }
  stage.seen.add(`${model.state} revoke`)
  model.state = 'revoked'
  model.version += 1
  await movedTo(stage, model, 'revoked', { withdraw: model })
}

export const consentAgain = async (stage: Stage, model: Model): Promise<void> => {
  if (model.owner !== 'sender') return
  await stage.scene.consentTo(model.caseId)
  model.isConsented = true
}

/** A second referral to the same service: refused while one is open, afterwards linked to it. */
export const retry = async (stage: Stage, model: Model, given: Chance): Promise<void> => {
  const sender = await callOf(stage, { side: 'sender', role: 'worker' })
  const { urgency, kind } = given
  const more = { urgency, kind, previous: model.id }
  const answer = await sender('POST', '/v1/referrals', stage.scene.asked(model.caseId, more))
  if (mayRetry(model)) {
    if (answer.status !== 201) fail('a retry was refused', { model, body: answer.body })
    const { id } = answer.body
    const { body } = await sender('GET', `/v1/referrals/${id}`)
    if (body.previous !== model.id) fail('a retry is not linked', { model, body })
    await sameAs(stage, model, { retry: model })
    const fresh = { state: 'sent', version: 1, wasSent: true, misses: 0 } as const
    Object.assign(model, fresh, { id, urgency, kind })
    await look(stage, model)
    stage.seen.add('retry')
    return
  }
  const allowed: string[] = []
  if (!isOver(model.state)) allowed.push('422 previous_unknown', '409 open_referral_exists')
  if (!model.isConsented) allowed.push('422 consent_missing')
  if (model.owner !== 'sender') allowed.push('422 case_unknown')
  if (allowed.length === 0) return
  const code = `${answer.status} ${answer.body.code}`
  if (!allowed.includes(code)) fail('a second referral', { model, allowed, body: answer.body })
  await sameAs(stage, model, { retry: model })
}

export const renew = async (stage: Stage, model: Model, given: Chance): Promise<void> => {
  const by: Asker = given.slip === 'by' ? given.by : { side: 'sender', role: 'worker' }
  const path = `/v1/referrals/${model.id}/arrival-code`
  const answer = await (await callOf(stage, by))('POST', path, { version: model.version })
  const isAllowed = mayTake(by.role, 'withdraw')
  const isDue = isAllowed && by.side === 'sender' && model.state === 'accepted'
  const wanted = isDue ? 200 : !isAllowed ? 403 : by.side === 'sender' ? 409 : 404
  if (answer.status !== wanted) fail('a new code', { by, model, body: answer.body })
  if (!isDue) {
    await sameAs(stage, model, { renew: model })
    return
  }
  model.misses = 0
  model.version += 1
  const { version, told } = (await look(stage, model)).after
  const isTold = told.length === 1 && told[0]?.type === 'referrals.arrival_code.renewed.v1'
  if (version !== model.version || answer.body.version !== version || !isTold) {
    fail('a new code is a change like any other', { model, version, told })
  }
}

export const read = async (stage: Stage, model: Model, { by }: Chance): Promise<void> => {
  const { status, body, text } = await (await callOf(stage, by))('GET', `/v1/referrals/${model.id}`)
  const isStaff = by.role !== 'reviewer'
  const wanted = !isStaff ? 403 : isForeign(model, by) ? 404 : 200
  await sameAs(stage, model, { read: model })
  if (status !== wanted) fail('a reading', { by, model, body })
  if (SECRET_TEXTS.some((secret) => text.includes(secret))) fail('an envelope tells', { by, body })
  if (wanted !== 200) return
  if (body.state !== model.state || body.version !== model.version) fail('stale', { model, body })
  if (by.side === 'recipient' && text.includes(model.caseId)) fail('the case is named', { body })
}

export const DO = {
  move,
  open,
  expire,
  withdraw: withdrawConsent,
  consent: consentAgain,
  retry,
  renew,
  read,
}

export interface Start {
  readonly urgency: Model['urgency']
  readonly kind: Model['kind']
  readonly isDraft: boolean
  /** So many steps straight forward before anything else happens. */
  readonly forward: number
}

export const begin = async (stage: Stage, start: Start, given: Chance): Promise<Model> => {
  const { urgency, kind, isDraft, forward } = start
  const caseId = await stage.scene.openCase()
  await stage.scene.consentTo(caseId)
  const sender = await callOf(stage, { side: 'sender', role: 'worker' })
  const path = isDraft ? '/v1/referrals/drafts' : '/v1/referrals'
  const { status, body } = await sender('POST', path, stage.scene.asked(caseId, { urgency, kind }))
  if (status !== 201) fail('no referral', { body })
  const state = isDraft ? 'draft' : 'sent'
  const begun = {
    id: body.id,
    caseId,
    state,
    version: 1,
    urgency,
    kind,
    wasSent: !isDraft,
  } as const
  const model: Model = { ...begun, owner: 'sender', isConsented: true, misses: 0 }
  await look(stage, model)
  for (let n = 0; n < forward; n += 1) await move(stage, model, { ...given, slip: null, luck: 0 })
  return model
}
