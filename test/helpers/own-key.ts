import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import type postgres from 'postgres'
import { STATEMENT_TYPE } from '../../src/contracts/handoff.ts'
import { newId } from '../../src/id.ts'
import type { Call } from './actors.ts'
import { forge } from './handoff.ts'

export interface OwnKey {
  readonly kid: string
  readonly jwk: JWK
  readonly privateJwk: JWK
}

export const makeOwnKey = async (curve = 'P-256'): Promise<OwnKey> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve })
  const privateJwk = privateKey.export({ format: 'jwk' }) as JWK
  const { d: _d, ...jwk } = privateJwk
  return { privateJwk, jwk, kid: await calculateJwkThumbprint(jwk) }
}

/** A key of an agency that two administrators admitted so many minutes before it counts; past: live. */
export const admitOwnKey = async (
  admin: postgres.Sql,
  agency: string,
  minutes = -1,
): Promise<OwnKey> => {
  const key = await makeOwnKey()
  const jwk = { ...key.jwk, kid: key.kid }
  await admin`insert into consent.agency_key (kid, agency, jwk, fingerprint, proposal, live_at)
    values (${key.kid}, ${agency}, ${admin.json(jwk)}, 'TEST', ${newId()},
      now() + ${minutes} * interval '1 minute')`
  return key
}

export interface Texts {
  readonly whole: string
  readonly copies: readonly { readonly recipient: string; readonly text: string }[]
}

export const statementHead = (key: OwnKey, more: object = {}) => ({
  alg: 'ES256',
  kid: key.kid,
  typ: STATEMENT_TYPE,
  ...more,
})

/** The texts of a statement, signed as they are. */
export const signTexts = ({ whole, copies }: Texts, key: OwnKey, head = statementHead(key)) => ({
  whole: forge(head, whole, key),
  copies: copies.map(({ recipient, text }) => ({ recipient, jws: forge(head, text, key) })),
})

/** Records what an agency's program signed itself. */
export const recordSigned = async (call: Call, said: object, key: OwnKey) => {
  const { body: texts } = await call('POST', '/v1/consents/to-sign', said)
  return await call('POST', '/v1/consents', { ...said, signed: signTexts(texts, key) })
}
