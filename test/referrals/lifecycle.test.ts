// Goal: the lifecycle lets through what the domain document says, and nothing else.
// Method: random walks by random actors over the real API, five cases at once, against a model that
// was written from the document; after every step the rows of the case are compared with it.
import fc from 'fast-check'
import t from 'tap'
import { fail } from '../helpers/referral-check.ts'
import {
  begin,
  consentAgain,
  createStage,
  DO,
  expire,
  move,
  open,
  retry,
  withdrawConsent,
  type Start,
} from '../helpers/referral-driver.ts'
import {
  isOver,
  OPENABLE,
  STATES,
  waysFrom,
  type Model,
  type ModelVerb,
  type State,
} from '../helpers/referral-model.ts'
import { chance, mayRetry, type Chance } from '../helpers/referral-walk.ts'

/** Another seed gives other walks. A failure prints its seed and path, to be given to fast-check. */
const SEED = 20_261_124
const RUNS = 8
const AT_ONCE = 5
const STEPS = 40

const stage = await createStage(t)

const walk = async ({ start, chances }: { start: Start; chances: Chance[] }): Promise<void> => {
  let model: Model | null = null
  for (const each of chances) {
    model ??= await begin(stage, start, each)
    // Where nothing more can happen, mostly a way is found for something to happen again.
    const isStuck = isOver(model.state) && each.luck % 4 > 0
    if (!isStuck) await DO[each.does](stage, model, each)
    else if (mayRetry(model)) await retry(stage, model, each)
    else if (model.owner === 'sender') await consentAgain(stage, model)
    else model = null
  }
}

const aWalk = fc.record({
  start: fc.record({
    urgency: fc.constantFrom('emergency', 'urgent', 'normal'),
    kind: fc.constantFrom('referral', 'referral', 'transfer'),
    isDraft: fc.constantFrom(false, false, true),
    forward: fc.nat(6),
  }),
  chances: fc.array(chance, { minLength: STEPS, maxLength: STEPS }),
})

t.test('random walks go where the document says, and nowhere else', async (t) => {
  const walks = fc.array(aWalk, { minLength: AT_ONCE, maxLength: AT_ONCE })
  const walking = fc.asyncProperty(walks, async (some) => {
    await Promise.all(some.map(walk))
  })
  const options = { seed: SEED, numRuns: RUNS, endOnFailure: true }
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(walking, options)
  t.notOk(failed, `seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}`)
  t.ok(stage.seen.has('retry'), 'a retry was linked')
  t.comment([...stage.seen].filter((each) => /\d/.test(each)).join('; '))
})

/** From `sent` straight to each state: so many steps forward, and one aside. */
const ROAD: Partial<Record<State, readonly [forward: number, aside?: ModelVerb]>> = {
  sent: [0],
  acknowledged: [1],
  info_requested: [1, 'ask'],
  accepted: [2],
  handed_over: [3],
  in_service: [4],
  on_hold: [4, 'hold'],
  completed: [5],
}

const GIVEN: Chance = {
  does: 'move',
  luck: 0,
  slip: null,
  verb: 'send',
  by: { side: 'sender', role: 'worker' },
  versionOff: 0,
  reason: '',
  hasNote: true,
  holdDays: 7,
  urgency: 'urgent',
  kind: 'referral',
}

t.test('every step of the document can be taken', async (t) => {
  const take = async (state: State, verb: ModelVerb | 'revoke' | 'expire'): Promise<void> => {
    const [forward, aside] = ROAD[state] ?? [0]
    const isDraft = state === 'draft'
    const start: Start = { urgency: 'urgent', kind: 'referral', isDraft, forward }
    const model: Model = await begin(stage, start, GIVEN)
    if (aside !== undefined) await move(stage, model, { ...GIVEN, must: aside })
    if (model.state !== state) fail('the road leads elsewhere', { state, model })
    await open(stage, model, GIVEN)
    t.equal(stage.seen.has(`open ${state}`), OPENABLE.includes(state), `opened when ${state}`)
    if (verb === 'revoke') await withdrawConsent(stage, model, GIVEN)
    else if (verb === 'expire') await expire(stage, model)
    else await move(stage, model, { ...GIVEN, must: verb })
    t.ok(stage.seen.has(`${state} ${verb}`), `${state}: ${verb}`)
  }
  for (const state of STATES) {
    await Promise.all(waysFrom(state).map(([verb]) => take(state, verb)))
  }
})

t.test('Postgres itself lets no emergency expire, whoever asks', async (t) => {
  const start = { kind: 'referral', isDraft: false, forward: 0 } as const
  const { id } = await begin(stage, { ...start, urgency: 'emergency' }, GIVEN)
  const { admin } = stage.scene
  await t.rejects(admin`update referrals.referral set state = 'expired' where id = ${id}`, {
    code: '23514',
  })
})
