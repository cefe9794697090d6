import postgres from 'postgres'
import { cases } from '../../services/cases/service.ts'
import { consent } from '../../services/consent/service.ts'
import { referrals } from '../../services/referrals/service.ts'
import type { Actor } from '../../src/actor.ts'
import type { Category } from '../../src/contracts/codes.ts'
import type { SentReferral } from '../../src/contracts/referral.ts'
import type { Service } from '../../src/service.ts'
import { callAs, createNetwork, type Answered, type Call, type TestNetwork } from './actors.ts'
import { startHub, type TestHub, type TestHubOptions } from './hub.ts'
import type { Teardown } from './run.ts'

/** What the case holds: each text is one that no envelope may show. */
export const SECRETS: Readonly<Partial<Record<Category, object>>> = {
  identity: { prs_FirstName: 'Melur', family_name: 'Kenanga' },
  safety: { code_word: 'kunang-kunang' },
  documents: { passport: 'X1234567' },
}
export const SECRET_TEXTS = ['Melur', 'Kenanga', 'kunang-kunang', 'X1234567']

export interface Entry {
  readonly type: string
  readonly outcome: string
  readonly agency: string | null
  readonly actor: string
  readonly concerned: readonly string[]
  readonly subject: string | null
  readonly object: string | null
  readonly reason: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface Scene {
  readonly hub: TestHub
  readonly network: TestNetwork
  /** As the superuser, past row-level security. */
  readonly admin: postgres.Sql
  as(actor: Actor): Promise<Call>
  /** A case of the sender with the data of SECRETS. */
  openCase(): Promise<string>
  /** Consent to the recipient and the other agency; shelter and legal, identity and safety. */
  consentTo(caseId: string, more?: object): Promise<void>
  /** What POST /v1/referrals takes for the recipient's shelter. */
  asked(caseId: string, more?: object): object
  /** A case, consent, and a referral sent by the sender's case worker. */
  sent(more?: object): Promise<SentReferral & { readonly case: string }>
  entries(object: string): Promise<Entry[]>
}

/** The answer without what differs between any two requests. */
export const withoutInstance = ({ status, text }: Answered): string =>
  `${status} ${text.replace(/"instance":"urn:uuid:[0-9a-f-]{36}"/, '"instance":""')}`

const must = ({ status, body, text }: Answered, wanted: number) => {
  if (status !== wanted) throw new Error(`${status} where ${wanted} was due: ${text}`)
  return body
}

const BASE = [cases, consent, referrals]
const CONSENT_MS = 30 * 86_400_000
const NOTICE = { version: '2026-10', sha256: 'a'.repeat(64) }

/** A hub with cases, consent and referrals, three agencies, and cases that can be sent. */
export const createScene = async (
  t: Teardown,
  more: readonly Service[] = [],
  options: Omit<TestHubOptions, 'services'> = {},
): Promise<Scene> => {
  const hub = await startHub(t, {
    services: [...BASE.filter(({ name }) => !more.some((each) => each.name === name)), ...more],
    ...options,
  })
  const network = await createNetwork(hub)
  const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
  t.teardown(() => admin.end())
  const { sender, recipient, other } = network
  const calls = new Map<string, Promise<Call>>()
  const as: Scene['as'] = (actor) => {
    const call = calls.get(actor.id) ?? callAs(hub, actor)
    calls.set(actor.id, call)
    return call
  }
  const worker = await as(sender.worker)
  const openCase = async (): Promise<string> => {
    const described = { age_band: 'from_25_to_39', district: '98.01', needs: ['female_staff'] }
    const { id } = must(await worker('POST', '/v1/cases', described), 201)
    const writing = Object.entries(SECRETS).map(([category, data]) =>
      worker('PUT', `/v1/cases/${id}/data/${category}`, { data }),
    )
    for (const answer of await Promise.all(writing)) must(answer, 200)
    return id as string
  }
  const consentTo: Scene['consentTo'] = async (caseId, more = {}) => {
    const said = {
      case: caseId,
      status: 'given',
      recipients: [recipient.id, other.id],
      purposes: ['shelter', 'psychosocial', 'emergency', 'legal'],
      categories: ['identity', 'safety'],
      onward: 'none',
      method: 'written',
      language: 'id',
      notice: NOTICE,
      interpreter: false,
      // Left open it would end with the first referral that closes.
      ends_at: new Date(Date.now() + CONSENT_MS).toISOString(),
      ...more,
    }
    must(await worker('POST', '/v1/consents', said), 201)
  }
  const asked: Scene['asked'] = (caseId, more = {}) => ({
    case: caseId,
    service: recipient.service('shelter'),
    urgency: 'normal',
    categories: ['identity', 'safety'],
    ...more,
  })
  return {
    hub,
    network,
    admin,
    as,
    openCase,
    consentTo,
    asked,
    sent: async (more = {}) => {
      const caseId = await openCase()
      await consentTo(caseId)
      const answer = await worker('POST', '/v1/referrals', asked(caseId, more))
      return { ...must(answer, 201), case: caseId }
    },
    entries: (object) =>
      admin<Entry[]>`select type, outcome, agency, actor, concerned, subject, object, reason, data
        from journal.entry where object = ${object} order by seq`,
  }
}
