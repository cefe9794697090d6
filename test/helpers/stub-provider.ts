import { once } from 'node:events'
import { createServer } from 'node:http'
import type { JWK } from 'jose'
import { newId } from '../../src/id.ts'
import { forge } from './handoff.ts'
import { addressOf, asAdmin, newKey } from './identity.ts'
import type { TestHub } from './hub.ts'
import type { Teardown } from './run.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const CLIENT = 'titian-hub'

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** An identity provider of which nothing but the keys is there; it counts how often it is asked. */
export const startStubProvider = async (t: Teardown) => {
  const privateJwk = { ...(await newKey()), alg: 'ES256', use: 'sig' }
  const { d: _d, ...publicJwk } = privateJwk as JWK
  const asked = { configuration: 0, keys: 0 }
  const answers: Record<keyof typeof asked, Answer | null> = { configuration: null, keys: null }
  let issuer = ''
  const usual = (what: keyof typeof asked): Answer => ({
    status: 200,
    body:
      what === 'keys'
        ? { keys: [publicJwk] }
        : {
            issuer,
            jwks_uri: `${issuer}/jwks`,
            authorization_endpoint: `${issuer}/auth`,
            token_endpoint: `${issuer}/token`,
          },
  })
  const server = createServer((request, response) => {
    const what = request.url === '/jwks' ? 'keys' : 'configuration'
    asked[what] += 1
    const { status, body } = answers[what] ?? usual(what)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    issuer,
    client: CLIENT,
    asked,
    /** What it answers from now on; null: what a provider should. */
    answer: (what: keyof typeof asked, next: Answer | null): void => {
      answers[what] = next
    },
    /** A logout token of now. */
    token: (claims: object): string => {
      const iat = Math.floor(Date.now() / 1000)
      const events = { [EVENT]: {} }
      const usual = { iss: issuer, aud: CLIENT, iat, exp: iat + 120, jti: newId(), events }
      const head = { alg: 'ES256', kid: privateJwk.kid, typ: 'logout+jwt' }
      return forge(head, { ...usual, ...claims }, { privateJwk })
    },
    /** Lets the people of an agency sign in by it; one of them is there by a session named `sid`. */
    serve: async (hub: TestHub, agency: string, person?: string, sid?: string): Promise<void> => {
      await asAdmin(hub, async (sql) => {
        await sql`insert into identity.provider (agency, handle, issuer, client_id)
          values (${agency}, ${`stub-${newId().slice(-8)}`}, ${issuer}, ${CLIENT})
          on conflict do nothing`
        if (person === undefined) return
        await sql`insert into identity.subject (issuer, subject, person)
          values (${issuer}, ${person}, ${person})`
        await sql`update identity.session
          set method = 'provider', issuer = ${issuer}, sid = ${sid ?? null} where person = ${person}`
      })
    },
  }
}

/** Tells a hub that somebody has signed out at their provider. */
export const tellSignOut = async (hub: TestHub, token: string) => {
  const response = await fetch(`${addressOf(hub)}/sign-in/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  })
  const { status, headers } = response
  return { status, again: headers.get('retry-after'), body: await response.json() }
}
