import type { JWK } from 'jose'
import type { ProgramRead } from '../../src/contracts/identity.ts'
import { fingerprintOf } from './fingerprint.ts'

export interface ProgramRow extends Omit<ProgramRead, 'fingerprint'>, Record<string, unknown> {
  readonly jwks: { readonly keys: readonly JWK[] }
}

export const readProgram = ({ jwks, ...row }: ProgramRow): ProgramRead => ({
  id: row.id,
  agency: row.agency,
  scopes: row.scopes,
  active: row.active,
  version: row.version,
  fingerprint: fingerprintOf(jwks.keys[0] ?? {}),
})
