import t, { type Test } from 'tap'
import { startHubProcess, type Fault, type HubProcess } from './hub-process.ts'
import { handOffThrough, openPartners, prepareHandOffs, type Acknowledged } from './partners.ts'
import { checkSurvival, keepCheckpoint } from './survivors.ts'

const HAND_OFFS = 200
/** Of a whole file; a busy machine takes many times what an idle one does. */
const TIMEOUT_MS = 300_000

/** One kind of fault, of the hub that lives through all of them. */
export type Scenario = readonly [name: string, faultOf: (hub: HubProcess) => Fault]

/** A hub, its partners, and every hand-off that they were told is made. */
const openWorld = async () => {
  const hub = await startHubProcess(t)
  const halt = new AbortController()
  t.teardown(() => halt.abort())
  const all: Acknowledged[] = []
  return { hub, halt, partners: openPartners(hub, halt.signal), all }
}
type World = Awaited<ReturnType<typeof openWorld>>

/** Two halves, each struck in its middle. */
const handOffAll = async ({ hub, partners, all }: World, fault: Fault) => {
  const handOffs = await prepareHandOffs(partners, HAND_OFFS)
  const outagesMs: number[] = []
  const kept = await keepCheckpoint(partners)
  const began = Date.now()
  const answers: Acknowledged[] = []
  let answeredLate = 0
  for (const half of [handOffs.slice(0, HAND_OFFS / 2), handOffs.slice(HAND_OFFS / 2)]) {
    let struckAt = 0
    const strike = async (): Promise<void> => {
      struckAt = Date.now()
      await fault()
      outagesMs.push(Date.now() - struckAt)
    }
    const acknowledged = await handOffThrough(hub, partners, half, strike)
    // Made before the fault, and told to the sender only by a repetition after it.
    answeredLate += acknowledged.filter(
      ({ sent, tries }) => tries > 1 && Date.parse(sent.sent_at) < struckAt,
    ).length
    answers.push(...acknowledged)
  }
  all.push(...answers)
  const repeated = answers.filter(({ tries }) => tries > 1).length
  return { kept, acknowledged: answers.length, repeated, answeredLate, outagesMs, began }
}

const survive = async (test: Test, world: World, fault: Fault): Promise<void> => {
  const { hub, partners, all } = world
  test.teardown(() => {
    if (!test.passing()) test.comment(hub.said())
  })
  const started = Date.now()
  const { kept, began, ...facts } = await handOffAll(world, fault)
  const ended = Date.now()
  const size = await checkSurvival(test, hub, partners, all, kept)
  const secondsOf = (from: number, to: number): number => Number(((to - from) / 1000).toFixed(1))
  const seconds = {
    prepare: secondsOf(started, began),
    handOff: secondsOf(began, ended),
    settleAndCheck: secondsOf(ended, Date.now()),
  }
  test.comment(JSON.stringify({ ...facts, size, seconds }))
  test.equal(facts.acknowledged, HAND_OFFS, 'every hand-off was acknowledged')
  test.equal(facts.outagesMs.length, 2, 'through two faults')
}

/**
 * Has one hub live through the scenarios, its feeds and live connections going on from one to the
 * next, and stops it in the end.
 */
export const surviveAll = async (scenarios: readonly Scenario[]): Promise<void> => {
  t.setTimeout(TIMEOUT_MS)
  const world = await openWorld()
  for (const [name, faultOf] of scenarios) {
    await t.test(name, (test) => survive(test, world, faultOf(world.hub)))
  }
  await t.test('an orderly stop leaves nothing running', async (test) => {
    world.halt.abort()
    test.equal(await world.hub.stop(), 0)
    test.same(await world.hub.leftovers(), [])
  })
}
