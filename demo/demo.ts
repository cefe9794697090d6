import {
  HubError,
  permitAudienceOf,
  permitIssuerOf,
  TokenError,
  verifyPermit,
} from '../src/client/client.ts'
import { ConfigError, loadConfig, type Config } from '../src/config.ts'
import type { Static } from 'typebox'
import type { StopOrderPage, WithdrawalRead, Withdrawn } from '../src/contracts/consent.ts'
import { verifyTrail } from './audit-trail.ts'
import { openStage, type Player, type Stage } from './cast.ts'
import type { DemoAgencyKey } from './network.ts'
import { demonstrationFolder } from './prepare.ts'
import { accept, follow, handOver, open, receive, send, serve, type InPlay } from './referral.ts'
import { identify, permissionToReturn, permissionsAtHome, recordConsent } from './survivor.ts'
import { chapter, heard, line, note, step } from './tell.ts'

const CAST = [
  'embassy',
  'repatriation',
  'full_shelter',
  'shelter',
  'health',
  'psychosocial',
  'legal_aid',
] as const satisfies readonly DemoAgencyKey[]

/** The receiver checks the permit with the hub's published keys, and without asking the hub. */
const checkPermit = async (config: Config, referral: InPlay): Promise<void> => {
  const keys = await referral.to.api.permitKeys()
  const claims = await verifyPermit(referral.permit, keys, {
    issuer: permitIssuerOf(config.publicUrl),
    audience: permitAudienceOf(referral.to.id),
  })
  if (claims === null) throw new Error('the permit does not hold')
  note(`${referral.to.name} checked the permit offline: it holds`)
}

/** Something that the hub must refuse; says with which code it did. */
const refused = async (text: string, code: string, work: () => Promise<unknown>): Promise<void> => {
  await step(text, async () => {
    try {
      await work()
    } catch (error) {
      if (error instanceof HubError && error.code === code) return
      throw error
    }
    throw new Error(`${text}: this was not refused`)
  })
  note(`refused: ${code}`)
}

const comeHome = async (config: Config, stage: Stage, caseId: string): Promise<void> => {
  const [embassy, office] = [stage.player('embassy'), stage.player('repatriation')]
  chapter('Return: the case moves to the agency at home')
  const home = await send(embassy, office, {
    case: caseId,
    purpose: 'repatriation',
    categories: ['identity', 'contact', 'documents', 'safety', 'narrative'],
    kind: 'transfer',
  })
  await checkPermit(config, home)
  await refused(
    `${office.name} tries to open the package before accepting`,
    'not_yet_accepted',
    () => office.api.post(`/v1/referrals/${home.id}/package/identity/open`, {}),
  )
  await accept(home)
  await open(home, 'identity')
  await open(home, 'documents')
  await handOver(home)
  note(`${office.name} owns the case from now on, and sees of it what was handed on`)
  await refused(`${office.name} tries to open what was not handed on`, 'not_found', () =>
    office.api.post(`/v1/cases/${caseId}/data/health_physical/open`, {}),
  )
  await receive(home, 'start', 'starts the escort', 'service_started')
  await receive(home, 'complete', 'completes it', 'completed')
  await follow(home, 'close', 'reviews and closes, naming the next step', 'closed', {
    reason: 'case_transferred',
    feedback: 'helped',
    next_step: 'shelter',
  })
}

const findCare = async (stage: Stage, caseId: string): Promise<readonly InPlay[]> => {
  const office = stage.player('repatriation')
  const to = (key: DemoAgencyKey) => stage.player(key)
  chapter('A place to stay: full, so asked again elsewhere')
  const full = await send(office, to('full_shelter'), {
    case: caseId,
    purpose: 'shelter',
    categories: ['identity', 'contact'],
  })
  await receive(full, 'acknowledge', 'acknowledges', 'acknowledged')
  await receive(full, 'decline', 'declines: no capacity, and suggests another', 'declined', {
    reason: 'no_capacity',
    suggested: to('shelter').id,
  })
  const shelter = await send(office, to('shelter'), {
    case: caseId,
    purpose: 'shelter',
    categories: ['identity', 'contact', 'safety', 'family'],
    previous: full.id,
  })
  await accept(shelter)
  await open(shelter, 'identity')
  await open(shelter, 'safety')
  await serve(shelter)

  chapter('Health, psychosocial care and legal aid, beside one another')
  const health = await send(office, to('health'), {
    case: caseId,
    purpose: 'health',
    categories: ['identity', 'contact', 'health_physical'],
  })
  await accept(health)
  await open(health, 'health_physical')
  await serve(health)
  const care = await send(office, to('psychosocial'), {
    case: caseId,
    purpose: 'psychosocial',
    categories: ['contact', 'health_mental'],
    urgency: 'normal',
  })
  await accept(care)
  await open(care, 'health_mental')
  const legal = await send(office, to('legal_aid'), {
    case: caseId,
    purpose: 'legal',
    categories: ['identity', 'contact', 'exploitation', 'legal', 'documents', 'economic'],
    urgency: 'normal',
  })
  await receive(legal, 'acknowledge', 'acknowledges', 'acknowledged')
  await receive(legal, 'ask', 'asks for information', 'info_requested', {
    questions: [{ topic: 'category', category: 'economic' }, { topic: 'languages' }],
  })
  await follow(legal, 'answer', 'answers', 'info_answered', {
    answers: [
      { topic: 'category', category: 'economic', answer: 'yes' },
      { topic: 'languages', answer: 'yes' },
    ],
  })
  await receive(legal, 'accept', 'accepts', 'accepted')
  await open(legal, 'exploitation')
  return [shelter, health, care, legal]
}

const withdraw = async (stage: Stage, caseId: string, held: readonly InPlay[]): Promise<void> => {
  const office = stage.player('repatriation')
  chapter('She withdraws her consent: all of it, no reason asked')
  const answer = await step(`${office.name} records the withdrawal`, () =>
    office.api.post<Static<typeof Withdrawn>>('/v1/withdrawals', {
      case: caseId,
      scope: 'all_sharing',
    }),
  )
  const { withdrawal } = answer
  if (withdrawal === null) throw new Error('nothing was withdrawn')
  note(
    `${answer.grants} grants ended, ${answer.revoked.length} referrals revoked, ` +
      `${withdrawal.orders.length} orders to stop within 3 x 24 hours`,
  )
  note(answer.notice.en)
  for (const referral of held) {
    await referral.to.hears('referrals.referral.revoked.v1', referral.id)
  }
  const [first] = held
  if (first !== undefined) {
    await refused(`${first.to.name} tries to open the package again`, 'consent_ended', () =>
      first.to.api.post(`/v1/referrals/${first.id}/package/identity/open`, {}),
    )
  }
  await confirmAll(stage, office, withdrawal.id)
}

const confirmAll = async (stage: Stage, office: Player, withdrawal: string): Promise<void> => {
  for (const key of CAST) {
    const holder = stage.player(key)
    const page = await holder.api.get<Static<typeof StopOrderPage>>('/v1/stop-orders?limit=100')
    const mine = page.items.filter((order) => order.state === 'waiting')
    if (mine.length === 0) continue
    await step(`${holder.name} confirms: stopped and deleted`, () =>
      Promise.all(
        mine.map((order) =>
          holder.api.post(`/v1/stop-orders/${order.id}/answer`, { answer: 'deleted' }),
        ),
      ),
    )
    const now = await office.api.get<WithdrawalRead>(`/v1/withdrawals/${withdrawal}`)
    note(`${now.confirmed} of ${now.holders} holders confirmed`)
  }
}

const review = async (stage: Stage, caseId: string): Promise<void> => {
  chapter('The trail, read back and checked without trusting the hub')
  for (const key of ['repatriation', 'shelter'] as const) {
    const player = stage.player(key)
    const verdict = await step(`${player.name} reads and verifies its trail`, () =>
      verifyTrail(player, caseId),
    )
    if (!verdict.holds)
      throw new Error(`the trail does not hold: ${JSON.stringify(verdict.findings)}`)
    note(
      `${verdict.entries.length} entries about this case, each proven to be in the tree of ${verdict.size}: it holds`,
    )
  }
}

class HubAway extends Error {}

const demandHub = async (url: string): Promise<void> => {
  const answer = await fetch(`${url}/health/live`).catch(() => null)
  if (answer?.ok !== true) throw new HubAway(url)
}

const play = async (config: Config): Promise<void> => {
  await demandHub(config.publicUrl)
  const folder = demonstrationFolder(config.dataDir)
  line(
    `One survivor's whole path, by the public API of ${config.publicUrl}, as seven agencies would.`,
  )
  line('Everybody and everything in it is fictional. Lines with ~ arrive over live connections.')
  const stage = await openStage(config.publicUrl, folder, CAST, heard)
  try {
    chapter('Identification at an embassy shelter abroad')
    const embassy = stage.player('embassy')
    const caseId = await identify(embassy)
    await refused(
      `${embassy.name} tries to refer her before she has consented`,
      'consent_missing',
      () =>
        send(embassy, stage.player('repatriation'), {
          case: caseId,
          purpose: 'repatriation',
          categories: ['identity', 'documents'],
        }),
    )
    const office = stage.player('repatriation')
    await recordConsent(embassy, caseId, [permissionToReturn(office)])
    await comeHome(config, stage, caseId)
    await refused(
      `${office.name} tries to pass on what it received, without asking her again`,
      'consent_missing',
      () =>
        send(office, stage.player('health'), {
          case: caseId,
          purpose: 'health',
          categories: ['identity'],
        }),
    )
    await recordConsent(office, caseId, permissionsAtHome(stage.player))
    const held = await findCare(stage, caseId)
    await withdraw(stage, caseId, held)
    await review(stage, caseId)
    line('\nThe whole path was played and its trail holds.')
  } finally {
    await stage.close()
  }
}

const explain = (error: unknown): string => {
  if (error instanceof ConfigError) return error.message
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return 'No keys of the demonstration network here: run npm start first, in this folder.'
  }
  if (error instanceof HubAway) {
    return (
      `No hub answers at ${error.message}: run npm start in another terminal, then this again. ` +
      'With another port, say so to both: PORT=8081 npm run demo'
    )
  }
  if (error instanceof TokenError) {
    return 'The hub refused the demonstration keys: is this the folder that its npm start ran in?'
  }
  return String((error as Error).stack ?? error)
}

try {
  await play(loadConfig(process.env))
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}
