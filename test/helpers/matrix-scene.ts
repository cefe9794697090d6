import { randomUUID } from 'node:crypto'
import type { Actor } from '../../src/actor.ts'
import { SCOPES } from '../../src/contracts/codes.ts'
import { newId } from '../../src/id.ts'
import type { Service } from '../../src/service.ts'
import type { Thing } from '../matrix/rows.ts'
import { personOf, systemOf, tokenFor } from './actors.ts'
import { newKey, newPerson, newSystem } from './identity.ts'
import { jpegOf } from './jpeg.ts'
import { createScene, SECRET_TEXTS, type Scene } from './referral-scene.ts'
import type { Teardown } from './run.ts'

export interface MatrixScene extends Scene {
  /** One thing or more of each kind, all of agencies that the foreign actors are not of. */
  readonly things: Readonly<Record<Thing, readonly string[]>>
  /** Words of cases, staff and addresses: in no answer to anybody who is not of the agency. */
  readonly words: readonly string[]
  /**
   * Every role, and a program with every scope, of an agency that is party to nothing; and a supervisor
   * and a program of one that the consents name and that was sent nothing.
   */
  readonly foreign: readonly Actor[]
  /** Roles of the hub itself. */
  readonly hubRoles: readonly Actor[]
}

const WORDS = ['Kanarium', 'kanarium']
const ROLES = ['intake_worker', 'case_worker', 'supervisor', 'reviewer'] as const

/** Referrals in four states, their cases, consents, a withdrawal and its order to stop. */
const arrangeContent = async (scene: Scene) => {
  const { sender, recipient } = scene.network
  const call = await scene.as(sender.worker)
  const theirs = await scene.as(recipient.worker)
  const accept = async (id: string): Promise<void> => {
    await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
    await theirs('POST', `/v1/referrals/${id}/accept`, { version: 2 })
  }
  const [sent, accepted, revoked] = [await scene.sent(), await scene.sent(), await scene.sent()]
  await accept(accepted.id)
  await accept(revoked.id)
  const [asking, goal] = [await scene.sent(), `/v1/cases/${sent.case}/goals`]
  await theirs('POST', `/v1/referrals/${asking.id}/acknowledge`, { version: 1 })
  const questions = { version: 2, questions: [{ topic: 'languages' }], note: 'Kanarium' }
  await theirs('POST', `/v1/referrals/${asking.id}/ask`, questions)
  const { notes } = (await call('GET', `/v1/referrals/${asking.id}`)).body
  const aim = { stage: 'legal', goal: 'Kanarium', due_on: '2099-01-01' }
  const entry = await call('POST', goal, aim)
  const draft = await call('POST', '/v1/referrals/drafts', scene.asked(sent.case))
  const scope = { case: revoked.case, scope: 'this_agency', recipient: recipient.id }
  const { withdrawal } = (await call('POST', '/v1/withdrawals', scope)).body
  const consents = (await call('GET', `/v1/consents?case=${sent.case}`)).body.items
  return {
    referral: [asking.id, sent.id, accepted.id, draft.body.id as string, revoked.id] as const,
    note: [notes[0].id],
    entry: [entry.body.id],
    case: [sent.case, asking.case],
    consent: [consents[0].id],
    withdrawal: [withdrawal.id],
    stop_order: [withdrawal.orders[0].id],
  }
}

/** An emergency access that the recipient asked for, once consent was withdrawn. */
const arrangeGlass = async ({ as, network }: Scene, referral: string) => {
  const call = await as(network.recipient.worker)
  const asked = { categories: ['identity'], reason: 'danger_to_life', text: 'Kanarium' }
  const { body } = await call('POST', `/v1/referrals/${referral}/break-glass`, asked)
  return { break_glass: [body.id as string] }
}

/** A message with an image, sent on an accepted referral, and an opening of the image as yet unused. */
const arrangeTalk = async ({ as, admin, hub, network }: Scene, referral: string) => {
  const { sender } = network
  const uploaded = await hub.app.inject({
    method: 'POST',
    url: `/v1/referrals/${referral}/attachments?category=safety`,
    headers: {
      authorization: `Bearer ${await tokenFor(hub, sender.worker)}`,
      'content-type': 'image/jpeg',
      'idempotency-key': randomUUID(),
    },
    payload: jpegOf(),
  })
  const { id: image } = uploaded.json<{ id: string }>()
  const said = { category: 'safety', text: 'Kanarium', attachments: [image] }
  const call = await as(sender.worker)
  const { body: message } = await call('POST', `/v1/referrals/${referral}/messages`, said)
  const file = newId()
  // Good for longer than an opening is, so that it is still good when it is asked for.
  await admin`
    insert into messages.access (id, attachment, agency, actor, at)
    values (${file}, ${image}, ${sender.id}, ${sender.worker.id}, now() + interval '1 hour')`
  return { message: [message.id as string], attachment: [image], file: [file] }
}

/** A person, a program and a proposal of the sender. */
const arrangeAccess = async (scene: Scene) => {
  const { hub, network } = scene
  const agency = network.sender.id
  const person = await newPerson(hub, { agency, roles: ['supervisor'] })
  const program = await newSystem(hub, { agency })
  const { kty, crv, x, y } = await newKey()
  const asked = {
    kind: 'program',
    agency,
    program: {
      client_id: `pala-${newId().slice(-8)}`,
      jwk: { kty, crv, x, y },
      scopes: ['audit:read'],
    },
  }
  const supervisor = await scene.as(network.sender.supervisor)
  const proposal = await supervisor('POST', '/v1/identity/proposals', asked)
  return {
    person: [person.id],
    program: [program.clientId],
    proposal: [proposal.body.id as string],
  }
}

/** A channel of the sender, a notice that goes by it, a task, and a reviewer's question. */
const arrangeNotices = async ({ admin, network }: Scene) => {
  const agency = network.sender.id
  const [channel, notice, task, question] = [newId(), newId(), newId(), newId()]
  await admin`
    insert into notifications.channel
      (id, agency, person, kind, is_supervisor, ciphertext, wrapped_key, fingerprint)
    values (${channel}, ${agency}, '', 'phone', true, '', '', 'kanarium')`
  await admin`
    insert into notifications.delivery (id, agency, channel, entry, type, level, n, try_at, state)
    values (${notice}, ${agency}, ${channel}, ${newId()}, 'referrals.referral.sent.v1', 'normal', 1,
      now(), 'dead')`
  await admin`
    insert into notifications.task (id, agency, kind, object)
    values (${task}, ${agency}, 'phone_call', ${newId()})`
  await admin`
    insert into audit.question (id, agency, n, entry, actor, asked_by)
    values (${question}, ${agency}, 1, ${newId()}, ${network.sender.worker.id}, 'kanarium')`
  return { channel: [channel], notice: [notice], task: [task], question: [question] }
}

/** A file of the sender, previewed. */
const arrangeImport = async (scene: Scene): Promise<string> => {
  const supervisor = await scene.as(scene.network.sender.supervisor)
  const content = Buffer.from('prs_FirstName\nMelur').toString('base64')
  const made = await supervisor('POST', '/v1/case-imports', { format: 'csv', content })
  return made.body.id as string
}

/** A hub full of what is foreign to the actors that it gives. */
export const createMatrixScene = async (
  t: Teardown,
  services: readonly Service[],
): Promise<MatrixScene> => {
  const scene = await createScene(t, services)
  const { sender, recipient } = scene.network
  const content = await arrangeContent(scene)
  const access = await arrangeAccess(scene)
  const notices = await arrangeNotices(scene)
  const talk = await arrangeTalk(scene, content.referral[2])
  const stranger = newId()
  await scene.admin`
    insert into directory.agency (id, name_id, name_en, kind, area, time_zone, hours)
    values (${stranger}, 'Contoh Asing', 'Example Stranger', 'ngo', '98.01', 'Asia/Jakarta', '{}')`
  const { other } = scene.network
  return {
    ...scene,
    things: {
      ...content,
      ...access,
      ...notices,
      ...talk,
      ...(await arrangeGlass(scene, content.referral[4])),
      import: [newId()],
      case_import: [await arrangeImport(scene)],
      code: [],
      agency: [sender.id],
      service: [recipient.service('shelter')],
      public: [recipient.id],
    },
    words: [...SECRET_TEXTS, ...WORDS],
    foreign: [
      ...ROLES.map((role) => personOf(stranger, role)),
      systemOf(stranger, ...SCOPES),
      personOf(other.id, 'supervisor'),
      systemOf(other.id, ...SCOPES),
    ],
    hubRoles: [personOf(null, 'hub_administrator'), personOf(null, 'oversight_reviewer')],
  }
}
