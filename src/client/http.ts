import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { headersOf, type TokenGiver } from './token.ts'

export interface ClientOptions {
  /** Address of the hub, without a trailing slash. */
  readonly baseUrl: string
  readonly token: TokenGiver
}

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

const send = async (url: string, init: RequestInit): Promise<unknown> => {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let response: Response
  let text: string
  try {
    response = await fetch(url, { ...init, redirect: 'error', signal })
    text = await response.text()
  } catch (cause) {
    const problem = { code: 'unreachable', detail: 'the hub did not answer' }
    throw new HubError(null, problem, { cause })
  }
  const isText = response.headers.get('content-type')?.startsWith('text/plain') === true
  let body: unknown
  try {
    body = isText ? text : text === '' ? null : JSON.parse(text)
  } catch (cause) {
    throw new HubError(response.status, { detail: 'the answer is not JSON' }, { cause })
  }
  if (!response.ok) throw new HubError(response.status, (body ?? {}) as Record<string, unknown>)
  return body
}

const isWorthAnotherTry = (error: unknown): boolean =>
  error instanceof HubError && (error.status === null || error.status === 503)

/**
 * The API of a hub for programs. Network errors and 503 are tried again, a change with the same
 * Idempotency-Key each time, so that it happens once.
 * @throws HubError
 */
export const createClient = (options: ClientOptions): Client => {
  const attempt = async (method: string, path: string, headers: Headers, body?: object) => {
    const url = `${options.baseUrl}${path}`
    const own = await headersOf(options.token, method, url)
    const init: RequestInit = { method, headers: { ...headers, ...own } }
    if (body !== undefined) init.body = JSON.stringify(body)
    return await send(url, init)
  }

  const request = async (method: string, path: string, headers: Headers, body?: object) => {
    for (const waitMs of WAITS_MS) {
      try {
        return await attempt(method, path, headers, body)
      } catch (error) {
        if (!isWorthAnotherTry(error)) throw error
        await pause(waitMs * (0.5 + Math.random()))
      }
    }
    return await attempt(method, path, headers, body)
  }

  const change =
    (method: string) =>
    async <Body>(path: string, body: object, given: ChangeOptions = {}): Promise<Body> => {
      const headers = {
        accept: 'application/json',
        'content-type': 'application/json',
        'idempotency-key': given.idempotencyKey ?? randomUUID(),
      }
      return (await request(method, path, headers, body)) as Body
    }

  return {
    get: async <Body>(path: string) =>
      (await request('GET', path, { accept: 'application/json' })) as Body,
    post: change('POST'),
    put: change('PUT'),
  }
}
