import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { demoAgencyOf, demoServiceOf, type DemoAgencyKey } from '../../demo/network.ts'
import { demonstrationFolder } from '../../demo/prepare.ts'
import { createClient, HubError, type Client } from '../../src/client/http.ts'
import { followFeed } from '../../src/client/live.ts'
import { createTokenSource, TokenError, type TokenSource } from '../../src/client/token.ts'
import type { CaseRead } from '../../src/contracts/case.ts'
import { SCOPES, type Category, type Purpose } from '../../src/contracts/codes.ts'
import type { FeedItem } from '../../src/contracts/events.ts'
import type { SentReferral } from '../../src/contracts/referral.ts'
import { issuerOf } from '../../src/contracts/token.ts'
import type { HubProcess } from './hub-process.ts'

const SENDERS = 8
const PREPARERS = 8
/** How long one hand-off is tried. */
const PATIENCE_MS = 60_000

/** To whom each case is handed off, for what, and the categories that the service asks for. */
const ROUTES: readonly (readonly [DemoAgencyKey, Purpose, readonly Category[]])[] = [
  ['repatriation', 'emergency', ['identity']],
  ['full_shelter', 'shelter', ['identity', 'contact']],
  ['shelter', 'shelter', ['identity', 'safety']],
  ['shelter', 'protection', ['safety']],
  ['health', 'health', ['identity', 'health_physical']],
  ['social_affairs', 'assessment', ['identity']],
  ['social_affairs', 'monitoring', ['contact']],
  ['social_affairs_east', 'monitoring', ['contact']],
]
const SENDER: DemoAgencyKey = 'embassy'
const RECIPIENTS = [...new Set(ROUTES.map(([key]) => key))]
const CATEGORIES = [...new Set(ROUTES.flatMap(([, , categories]) => categories))]
const HANDED_OFF_PER_CASE = ROUTES.length

/** Stages of the pathway that the hand-offs of a case are for. */
export const REFERRED_STAGES = 5

/** An agency's program: what it calls, and what it heard on one live connection from the first on. */
export interface Partner extends Client {
  readonly agency: string
  readonly token: TokenSource
  readonly heard: readonly FeedItem[]
}

export interface Partners {
  readonly sender: Partner
  readonly all: readonly Partner[]
}

export interface HandOff {
  readonly key: string
  readonly case: string
  readonly recipient: string
  readonly purpose: Purpose
  readonly body: object
}

export interface Acknowledged {
  readonly handOff: HandOff
  readonly sent: SentReferral
  /** Milliseconds since 1970. */
  readonly at: number
  /** Requests that it took. */
  readonly tries: number
}

const tokenOf = (hub: HubProcess, client: string): TokenSource => {
  const path = join(demonstrationFolder(hub.dataDir), `${client}.jwk`)
  const privateJwk = JSON.parse(readFileSync(path, 'utf8')) as JWK
  return createTokenSource({
    issuer: issuerOf(hub.url),
    clientId: client,
    privateJwk,
    scopes: SCOPES,
  })
}

/** The agencies of the demonstration at work. `signal` ends their live connections. */
export const openPartners = (hub: HubProcess, signal: AbortSignal): Partners => {
  const open = (key: DemoAgencyKey): Partner => {
    const { agency, client } = demoAgencyOf(key)
    const token = tokenOf(hub, client)
    const heard: FeedItem[] = []
    const onItem = (item: FeedItem): void => void heard.push(item)
    followFeed({ url: hub.url, token, after: 0, onItem, signal }).catch((error: unknown) => {
      heard.push({ n: Number.NaN, type: String(error) } as unknown as FeedItem)
    })
    return { ...createClient({ baseUrl: hub.url, token }), agency: agency.id, token, heard }
  }
  const sender = open(SENDER)
  return { sender, all: [sender, ...RECIPIENTS.map(open)] }
}

/** Works on all items, so many at once. */
const sideBySide = async <T>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<void>,
) => {
  const left = [...items]
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: most }, lane))
}

const openCase = async ({ post, put }: Client): Promise<string> => {
  const { id } = await post<CaseRead>('/v1/cases', { age_band: 'from_25_to_39', district: '98.01' })
  for (const category of CATEGORIES) {
    const data = category === 'identity' ? { prs_Gender: 'Feminine' } : { note: 'contoh' }
    await put(`/v1/cases/${id}/data/${category}`, { data })
  }
  await post('/v1/consents', {
    case: id,
    status: 'given',
    recipients: RECIPIENTS.map((key) => demoAgencyOf(key).agency.id),
    purposes: [...new Set(ROUTES.map(([, purpose]) => purpose))],
    categories: CATEGORIES,
    onward: 'none',
    method: 'written',
    language: 'id',
    notice: { version: 'contoh-1', sha256: createHash('sha256').update('contoh').digest('hex') },
    interpreter: false,
  })
  return id
}

/** Opens cases with data and consent, and says which hand-offs they are ready for. */
export const prepareHandOffs = async (partners: Partners, count: number): Promise<HandOff[]> => {
  const handOffs: HandOff[] = []
  const cases = Array.from({ length: Math.ceil(count / HANDED_OFF_PER_CASE) })
  await sideBySide(cases.map(String), PREPARERS, async () => {
    const caseId = await openCase(partners.sender)
    for (const [recipient, purpose, categories] of ROUTES) {
      handOffs.push({
        key: randomUUID(),
        case: caseId,
        recipient: demoAgencyOf(recipient).agency.id,
        purpose,
        body: {
          case: caseId,
          service: demoServiceOf(recipient, purpose).id,
          urgency: purpose === 'emergency' ? 'emergency' : 'normal',
          categories,
        },
      })
    }
  })
  return handOffs.slice(0, count)
}

const isAway = (error: unknown): boolean =>
  (error instanceof HubError || error instanceof TokenError) &&
  (error.status === null || error.status === 503)

/** Sends one hand-off until it is acknowledged, under one key. Throws when it is refused. */
const sendUntilAcknowledged = async (hub: HubProcess, token: TokenSource, handOff: HandOff) => {
  let tries = 0
  const headersFor: TokenSource['headersFor'] = (method, url) => {
    tries += 1
    return token.headersFor(method, url)
  }
  const counted = Object.assign(() => token(), { headersFor })
  const { post } = createClient({ baseUrl: hub.url, token: counted })
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      const options = { idempotencyKey: handOff.key }
      const sent = await post<SentReferral>('/v1/referrals', handOff.body, options)
      return { handOff, sent, at: Date.now(), tries }
    } catch (error) {
      if (!isAway(error) || Date.now() > deadline) throw error
    }
  }
}

/** Hands off with eight senders at once; strikes when half of it is acknowledged. */
export const handOffThrough = async (
  hub: HubProcess,
  { sender }: Partners,
  handOffs: readonly HandOff[],
  strike: () => Promise<void>,
): Promise<Acknowledged[]> => {
  const acknowledged: Acknowledged[] = []
  const struck: Promise<void>[] = []
  const sending = sideBySide(handOffs, SENDERS, async (handOff) => {
    acknowledged.push(await sendUntilAcknowledged(hub, sender.token, handOff))
    if (acknowledged.length >= handOffs.length / 2 && struck.length === 0) struck.push(strike())
  })
  await Promise.allSettled([sending])
  await Promise.all(struck)
  await sending
  return acknowledged
}
