// Goal: no case stops at the airport unseen: in a simulated year of 2,000 fictional cases every gap
// is flagged by the right rule at the right instant, and nothing else is.
// Method: the rules live each case through; a judge that shares no code with them reads the same
// raw events and says when each sentence held.
import t from 'tap'
import { judge } from '../helpers/pathway-checker.ts'
import { liveThrough, type Interval } from '../helpers/pathway-model.ts'
import { DAY, FATES, simulateYear, STOPS, YEAR_END, YEAR_START } from '../helpers/pathway-year.ts'

const CASES = 2_000
const SEED = 20_261_124
const year = simulateYear(SEED, CASES)

const dayOf = (at: number): number => Math.floor((at - YEAR_START) / DAY)
const written = (intervals: readonly Interval[]): string[] =>
  intervals
    .map(({ key, openedAt, closedAt }) => `${key} ${openedAt} ${closedAt ?? 'open'}`)
    .toSorted()
const RETURNED = 'returned_nothing_next'

t.test('the rules and the judge say the same of every case', async (t) => {
  let gaps = 0
  for (const simulated of year) {
    const found = liveThrough(simulated, YEAR_END)
    const judged = judge(simulated, YEAR_END)
    gaps += judged.length
    const [ours, theirs] = [written(found), written(judged)]
    if (ours.join('\n') !== theirs.join('\n'))
      t.same(ours, theirs, `${simulated.id} ${simulated.fate}`)
  }
  t.ok(gaps > 1_000, `${gaps} gaps in ${CASES} cases`)
  for (const fate of FATES)
    t.ok(
      year.some((each) => each.fate === fate),
      `there are cases: ${fate}`,
    )
})

t.test('every case that stops after its return is flagged, on the day', async (t) => {
  let stopped = 0
  for (const simulated of year) {
    const { fate, returnedAt, events, id } = simulated
    if (STOPS[fate] !== true || returnedAt === 0 || returnedAt + 14 * DAY >= YEAR_END) continue
    // Care that broke off after two weeks held the rule back until then.
    const brokeOff = events.find(
      (event) => event.kind === 'referral' && event.verb === 'ended_unserved',
    )
    if (fate === 'care_breaks_off' && brokeOff === undefined) continue
    stopped += 1
    const due = Math.max(returnedAt + 14 * DAY, brokeOff?.at ?? 0)
    const flags = liveThrough(simulated, YEAR_END).filter(({ key }) => key === RETURNED)
    if (
      flags.length !== 1 ||
      dayOf(flags[0]?.openedAt ?? 0) !== dayOf(due) ||
      flags[0]?.closedAt !== null
    ) {
      t.same(flags, [{ key: RETURNED, openedAt: due, closedAt: null }], `${id} ${fate}`)
    }
  }
  t.ok(stopped > 250, `${stopped} cases stopped, and each is flagged`)
})

t.test(
  'no false alarm on a complete pathway; a gap closed by doing the thing is closed',
  async (t) => {
    const complete = year.filter(({ fate }) => fate === 'complete' || fate === 'survivor_declined')
    const alarms = complete.flatMap((simulated) =>
      liveThrough(simulated, YEAR_END).map(({ key }) => `${simulated.id} ${simulated.fate} ${key}`),
    )
    t.ok(complete.length > 900, `${complete.length} complete pathways`)
    t.same(alarms, [], 'not one alarm')
    const late = year.filter(({ fate }) => fate === 'late_care')
    const closed = late.flatMap((simulated) =>
      liveThrough(simulated, YEAR_END).filter(({ key }) => key === RETURNED),
    )
    t.ok(closed.length > 20 && closed.every(({ closedAt }) => closedAt !== null))
  },
)
