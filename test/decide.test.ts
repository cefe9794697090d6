// Goal: nobody may do what the domain document does not let them.
// Method: the document's table of roles written a second time, over every actor, action and side.
import fc from 'fast-check'
import t from 'tap'
import { HUB, type Actor } from '../src/actor.ts'
import { ROLES, SCOPES, URGENCIES, type Role } from '../src/contracts/codes.ts'
import {
  FINAL_STATES,
  REFERRAL_STATES,
  TRANSITIONS,
  type Verb,
} from '../src/contracts/lifecycle.ts'
import { ACTIONS, decide, type Action, type Target } from '../src/decide.ts'
import { newId } from '../src/id.ts'
import { destination, REASONS, plainReason } from './helpers/referral-model.ts'

const [SENDER, RECIPIENT, OTHER] = [newId(), newId(), newId()]
const person = (agency: string | null, ...roles: Role[]): Actor => ({
  kind: 'person',
  id: newId(),
  agency,
  roles,
  scopes: [],
})
const system = (agency: string, ...scopes: Actor['scopes']): Actor => ({
  kind: 'system',
  id: 'program',
  agency,
  roles: [],
  scopes,
})
const actions = Object.keys(ACTIONS) as Action[]
const may = (actor: Actor, action: Action): boolean => decide(actor, action, { kind: 'none' }).allow

t.test('what each role may touch at all', async (t) => {
  const content = actions.filter((action) =>
    /^(case|consent|referral|package|stop_order)\./.test(action),
  )
  t.ok(content.length > 12)
  for (const role of ['hub_administrator', 'reviewer', 'oversight_reviewer'] as const) {
    const actor = person(role === 'reviewer' ? SENDER : null, role)
    t.same(
      content.filter((action) => may(actor, action)),
      [],
      `${role}: no case content, ever`,
    )
  }
  const intake = person(RECIPIENT, 'intake_worker')
  t.same(
    content.filter((action) => may(intake, action)),
    [
      'stop_order.read',
      'stop_order.confirm',
      'referral.read',
      'referral.receive',
      'referral.hold_place',
    ],
  )
  const onlySupervisor = content.filter(
    (action) =>
      may(person(SENDER, 'supervisor'), action) && !may(person(SENDER, 'case_worker'), action),
  )
  t.same(onlySupervisor, ['case.import', 'case.export_all', 'consent.record_basis'])
  t.same(
    actions.filter((action) => may(person(SENDER), action) || may(system(SENDER), action)),
    [],
    'without a role or scope: nothing',
  )
  const audit = system(SENDER, 'audit:read')
  t.same(
    actions.filter((action) => may(audit, action)),
    ['audit.read', 'self.read'],
  )
})

const sides = { sender: SENDER, recipient: RECIPIENT, other: OTHER }
const actorOf = fc.oneof(
  fc
    .tuple(fc.constantFrom(...Object.values(sides), null), fc.subarray([...ROLES]))
    .map(([agency, roles]) => person(agency, ...roles)),
  fc
    .tuple(fc.constantFrom(...Object.values(sides)), fc.subarray([...SCOPES]))
    .map(([agency, scopes]) => system(agency, ...scopes)),
)
const targets = fc.record({
  kind: fc.constant('referral' as const),
  sender: fc.constant(SENDER),
  recipient: fc.constant(RECIPIENT),
  state: fc.constantFrom(...REFERRAL_STATES),
  verb: fc.constantFrom(...(Object.keys(TRANSITIONS) as Verb[])),
  reason: fc.constantFrom('other', 'safety_risk_at_site', 'conflict_of_interest', 'no_show', 'x'),
  urgency: fc.constantFrom(...URGENCIES),
})

t.test('no step is allowed that the document does not have', async () => {
  fc.assert(
    fc.property(actorOf, fc.constantFrom(...actions), targets, (actor, action, target) => {
      if (!decide(actor, action, target).allow) return true
      const { verb, state, reason } = target
      if (verb === 'revoke' || verb === 'expire') return false
      const isSenders = /^(send|answer|withdraw|dispute|close|mark_error)$/.test(verb)
      const known = REASONS[verb]
      const isStarred = known?.includes(`${reason}*`) === true
      const isSupervisor = actor.roles.includes('supervisor')
      return (
        may(actor, action) &&
        actor.agency === (isSenders ? SENDER : RECIPIENT) &&
        destination(state, verb) !== undefined &&
        (known === undefined || known.map(plainReason).includes(reason)) &&
        (!(isStarred || verb === 'mark_error') || isSupervisor)
      )
    }),
    { seed: 5, numRuns: 20_000 },
  )
})

t.test('who is not a party is answered as if nothing were there', async (t) => {
  const worker = (agency: string) => person(agency, 'supervisor')
  for (const state of REFERRAL_STATES) {
    const target: Target = { kind: 'referral', sender: SENDER, recipient: RECIPIENT, state }
    t.same(decide(worker(OTHER), 'referral.read', target), { allow: false, refusal: 'foreign' })
    t.equal(decide(worker(SENDER), 'referral.read', target).allow, true)
    t.equal(decide(worker(RECIPIENT), 'referral.read', target).allow, state !== 'draft', state)
  }
  const nobody = person(null, 'supervisor')
  for (const owner of [null, SENDER]) {
    const owned: Target = { kind: 'owned', owner }
    t.same(decide(nobody, 'case.read', owned), { allow: false, refusal: 'foreign' })
    t.same(decide(worker(OTHER), 'case.read', owned), { allow: false, refusal: 'foreign' })
  }
})

t.test(
  'the hub itself takes the steps of clock and consent, and never ends an emergency',
  async (t) => {
    const of = (
      state: (typeof REFERRAL_STATES)[number],
      verb: Verb,
      urgency?: 'emergency' | 'urgent',
    ) =>
      decide(HUB, 'referral.follow', {
        kind: 'referral',
        sender: SENDER,
        recipient: RECIPIENT,
        state,
        verb,
        reason: verb === 'expire' ? 'no_decision' : 'all_sharing',
        ...(urgency === undefined ? {} : { urgency }),
      }).allow
    t.equal(of('sent', 'expire', 'urgent'), true)
    t.equal(of('sent', 'expire', 'emergency'), false)
    t.equal(of('sent', 'expire'), false, 'of unknown urgency neither')
    t.equal(of('accepted', 'expire', 'urgent'), false)
    t.equal(of('in_service', 'revoke'), true)
    for (const state of FINAL_STATES) t.equal(of(state, 'revoke'), false, state)
    t.equal(of('sent', 'acknowledge'), false, 'nor does it act for an agency')
  },
)
