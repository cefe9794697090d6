import type { JSONWebKeySet, JWK } from 'jose'
import { SCOPES, type Scope } from '../contracts/codes.ts'
import { issuerOf } from '../contracts/token.ts'
import type { Bundle } from '../proof/bundle.ts'
import { createClient, type ChangeOptions, type Client } from './http.ts'
import { followFeed, type FollowOptions } from './live.ts'
import type { AnswerOf, Asked, OperationName } from './operations.ts'
import { createTokenSource, type TokenSource } from './token.ts'

export interface TitianOptions {
  /** Address of the hub, such as https://hub.example.org, without a trailing slash. */
  readonly hub: string
  /** The program's name at the hub. */
  readonly clientId: string
  /** The program's own P-256 key, whose public part the hub has. */
  readonly privateJwk: JWK
  /** What the token is for; everything that the program may do when absent. */
  readonly scopes?: readonly Scope[]
}

export type Following = Omit<FollowOptions, 'url' | 'token'>

/** Which part of an agency's audit trail: numbers of its feed, or what concerns one case. */
export interface TrailQuery {
  readonly from?: number
  readonly to?: number
  readonly case?: string
}

interface AskedLoosely {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: object
}

const search = (query: Readonly<Record<string, unknown>>): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((each) => each !== undefined)
      .map((each): [string, string] => [name, String(each)]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}

/** The path of an operation, filled in; what is filled in cannot add a part to it. */
const pathOf = (template: string, { path = {}, query = {} }: AskedLoosely): string => {
  const filled = template.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = path[name]
    if (value === undefined || value === '' || value === '.' || value === '..') {
      throw new TypeError(`${template} needs ${name}`)
    }
    return encodeURIComponent(value)
  })
  return filled + search(query)
}

/**
 * A hub, as the program of an agency uses it: it signs in with the program's key, proves each request
 * (DPoP), renews tokens, repeats what got no answer under the same Idempotency-Key, and follows the
 * agency's feed over any number of connections.
 */
export class TitianClient implements Client {
  readonly hub: string
  readonly token: TokenSource
  readonly get: Client['get']
  readonly post: Client['post']
  readonly put: Client['put']
  readonly upload: Client['upload']
  readonly delete: Client['delete']
  readonly download: Client['download']

  constructor({ hub, clientId, privateJwk, scopes = SCOPES }: TitianOptions) {
    this.hub = hub
    this.token = createTokenSource({ issuer: issuerOf(hub), clientId, privateJwk, scopes })
    const client = createClient({ baseUrl: hub, token: this.token })
    this.get = client.get
    this.post = client.post
    this.put = client.put
    this.upload = client.upload
    this.delete = client.delete
    this.download = client.download
  }

  /**
   * One operation of the API by method and path, such as `POST /v1/referrals/{id}/accept`.
   * @throws HubError when the hub refuses or does not answer, TokenError when it gives no token
   */
  async call<Name extends OperationName>(
    name: Name,
    asked: Asked<Name>,
    options: ChangeOptions = {},
  ): Promise<AnswerOf<Name>> {
    const [method = '', template = ''] = name.split(' ')
    const loosely = asked as AskedLoosely
    const path = pathOf(template, loosely)
    if (method === 'GET') return await this.get(path)
    const change = method === 'PUT' ? this.put : this.post
    return await change(path, loosely.body ?? {}, options)
  }

  /**
   * Follows the agency's feed until the signal, resuming behind the last item that was handled.
   * @throws HubError or TokenError when the hub refuses for good; whatever `onItem` throws
   */
  async follow(following: Following): Promise<void> {
    await followFeed({ ...following, url: this.hub, token: this.token })
  }

  /** The hub's public keys, for `verifyPermit` and `verifyHandoff`. Keep them: they change seldom. */
  async permitKeys(): Promise<JSONWebKeySet> {
    return await this.get('/.well-known/jwks.json')
  }

  /** A part of the agency's audit trail with its proofs, for `verifyBundle`. */
  async trail(query: TrailQuery = {}): Promise<Bundle> {
    return await this.get(`/v1/audit/bundle${search({ ...query })}`)
  }

  /**
   * A policy (c2sp.org/tlog-policy) that believes the hub's own key, for `parsePolicy`. Keep it from
   * the first day on, and add witnesses that you trust: then the hub cannot tell you another story.
   */
  async trailPolicy(): Promise<string> {
    return `log ${await this.get<string>('/v1/audit/key')}quorum none\n`
  }
}
