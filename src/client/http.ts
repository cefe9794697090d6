import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { headersOf, type TokenGiver } from './token.ts'

export interface ClientOptions {
  /** Address of the hub, without a trailing slash. */
  readonly baseUrl: string
  readonly token: TokenGiver
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers: Headers
  readonly body?: string | Uint8Array<ArrayBuffer>
}

export interface ApiResponse {
  readonly status: number
  readonly contentType: string
  readonly text: string
  /** The answer as it came; a transport that carries files MUST give it. */
  readonly bytes?: Uint8Array
}

/** A file that was asked for. */
export interface Download {
  readonly contentType: string
  readonly bytes: Uint8Array
}

/** Carries one request to the API; MUST reject when no answer came. */
export type Transport = (request: ApiRequest) => Promise<ApiResponse>

export interface ChangeOptions {
  /** Makes a repetition of the same change harmless; a fresh one when absent. */
  readonly idempotencyKey?: string
}

/**
 * Paths begin with `/v1/`. Answers are not checked against `Body`: it is what the API documents;
 * plain text, such as a checkpoint, comes as a string.
 */
export interface Client {
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string, body: object, options?: ChangeOptions): Promise<Body>
  put<Body>(path: string, body: object, options?: ChangeOptions): Promise<Body>
  /** Sends bytes as they are, such as an image of a message. */
  upload<Body>(
    path: string,
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
    options?: ChangeOptions,
  ): Promise<Body>
  delete<Body>(path: string, options?: ChangeOptions): Promise<Body>
  /** Asks for a file by a body, such as an export: bytes as they came, whole in memory. */
  download(path: string, body: object): Promise<Download>
}

export interface FieldProblem {
  readonly field: string
  readonly message: string
}

/** The hub said no (RFC 9457), or nothing at all: then `code` is `unreachable` and `status` null. */
export class HubError extends Error {
  readonly code: string
  readonly status: number | null
  readonly errors: readonly FieldProblem[]
  /** The whole problem document, with the members of its kind. */
  readonly problem: Readonly<Record<string, unknown>>
  constructor(
    status: number | null,
    problem: Readonly<Record<string, unknown>>,
    options?: ErrorOptions,
  ) {
    const code = typeof problem['code'] === 'string' ? problem['code'] : 'unknown'
    super(`${code}: ${String(problem['detail'] ?? 'no detail was given')}`, options)
    this.name = 'HubError'
    this.code = code
    this.status = status
    this.errors = Array.isArray(problem['errors']) ? (problem['errors'] as FieldProblem[]) : []
    this.problem = problem
  }
}

/** Waits between tries, in milliseconds; one more try than there are waits. */
const WAITS_MS: readonly number[] = [100, 400, 1600]
const TIMEOUT_MS = 30_000

type Headers = Readonly<Record<string, string>>

/** Over the network, without following redirects. */
export const overHttp =
  (baseUrl: string): Transport =>
  async ({ method, path, headers, body }) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const init: RequestInit = { method, headers, redirect: 'error', signal }
    if (body !== undefined) init.body = body
    const response = await fetch(`${baseUrl}${path}`, init)
    const contentType = response.headers.get('content-type') ?? ''
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { status: response.status, contentType, text: new TextDecoder().decode(bytes), bytes }
  }

const answerOf = ({ status, contentType, text }: ApiResponse): unknown => {
  let body: unknown
  try {
    body = contentType.startsWith('text/plain') ? text : text === '' ? null : JSON.parse(text)
  } catch (cause) {
    throw new HubError(status, { detail: 'the answer is not JSON' }, { cause })
  }
  if (status >= 300) throw new HubError(status, (body ?? {}) as Record<string, unknown>)
  return body
}

const isWorthAnotherTry = (error: unknown): boolean =>
  error instanceof HubError && (error.status === null || error.status === 503)

const headersOfChange = ({ idempotencyKey = randomUUID() }: ChangeOptions): Headers => ({
  accept: 'application/json',
  'idempotency-key': idempotencyKey,
})

/**
 * The API over any transport. `credentials` gives the headers that say who asks, for each try. No
 * answer and 503 are tried again, a change with the same Idempotency-Key each time, so that it
 * happens once.
 * @throws HubError
 */
export const createClientOver = (
  transport: Transport,
  credentials: (method: string, path: string) => Headers | Promise<Headers>,
): Client => {
  const attempt = async (asked: ApiRequest): Promise<ApiResponse> => {
    const own = await credentials(asked.method, asked.path)
    let response: ApiResponse
    try {
      response = await transport({ ...asked, headers: { ...asked.headers, ...own } })
    } catch (cause) {
      const problem = { code: 'unreachable', detail: 'the hub did not answer' }
      throw new HubError(null, problem, { cause })
    }
    if (response.status >= 300) answerOf(response)
    return response
  }

  const responseTo = async (asked: ApiRequest): Promise<ApiResponse> => {
    for (const waitMs of WAITS_MS) {
      try {
        return await attempt(asked)
      } catch (error) {
        if (!isWorthAnotherTry(error)) throw error
        await pause(waitMs * (0.5 + Math.random()))
      }
    }
    return await attempt(asked)
  }
  const request = async (asked: ApiRequest): Promise<unknown> => answerOf(await responseTo(asked))

  const change =
    (method: 'POST' | 'PUT') =>
    async <Body>(path: string, body: object, given: ChangeOptions = {}): Promise<Body> => {
      const headers = { ...headersOfChange(given), 'content-type': 'application/json' }
      return (await request({ method, path, headers, body: JSON.stringify(body) })) as Body
    }

  return {
    get: async <Body>(path: string) =>
      (await request({ method: 'GET', path, headers: { accept: 'application/json' } })) as Body,
    post: change('POST'),
    put: change('PUT'),
    upload: async <Body>(
      path: string,
      body: Uint8Array<ArrayBuffer>,
      mediaType: string,
      given: ChangeOptions = {},
    ) => {
      const headers = { ...headersOfChange(given), 'content-type': mediaType }
      return (await request({ method: 'POST', path, headers, body })) as Body
    },
    delete: async <Body>(path: string, given: ChangeOptions = {}) =>
      (await request({ method: 'DELETE', path, headers: headersOfChange(given) })) as Body,
    download: async (path: string, body: object) => {
      const headers = { accept: '*/*', 'content-type': 'application/json' }
      const asked = { method: 'POST', path, headers, body: JSON.stringify(body) } as const
      const { contentType, text, bytes } = await responseTo(asked)
      return { contentType, bytes: bytes ?? new TextEncoder().encode(text) }
    },
  }
}

/**
 * The API of a hub for programs, over HTTP, each call proven by the program's key.
 * @throws HubError
 */
export const createClient = ({ baseUrl, token }: ClientOptions): Client =>
  createClientOver(overHttp(baseUrl), (method, path) =>
    headersOf(token, method, `${baseUrl}${path}`),
  )
