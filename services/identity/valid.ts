import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { NewProposal } from '../../src/contracts/identity.ts'
import { Problem, type Text } from '../../src/problem.ts'

const RESERVED: readonly string[] = ['hub', 'anonymous', 'titian', 'titian-web']

export const isKey = (jwk: object): boolean => {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).type === 'public'
  } catch {
    return false
  }
}

/** The issuer as a provider spells it: https, or http on this machine for trying out. */
const isIssuer = (issuer: string): boolean => {
  const url = URL.canParse(issuer) ? new URL(issuer) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || url.hostname === '127.0.0.1' || url.hostname === '[::1]'
}

const RESERVED_TEXT: Text = {
  id: 'Nama ini milik hub. Pilih yang lain.',
  en: 'This name is the hub’s own. Choose another.',
}

/** What a schema cannot say of a proposal. @throws Problem invalid_request */
export const checkProposal = ({
  program,
  provider,
}: Pick<NewProposal, 'program' | 'provider'>): void => {
  const errors: { field: string; message: Text }[] = []
  if (program !== undefined && RESERVED.includes(program.client_id)) {
    errors.push({ field: '/program/client_id', message: RESERVED_TEXT })
  }
  if (program !== undefined && !isKey(program.jwk)) {
    const message = {
      id: 'Ini bukan titik pada kurva P-256. Kirim kunci publik program apa adanya.',
      en: 'This is no point on the curve P-256. Send the program’s public key as it is.',
    }
    errors.push({ field: '/program/jwk', message })
  }
  if (provider !== undefined && RESERVED.includes(provider.handle)) {
    errors.push({ field: '/provider/handle', message: RESERVED_TEXT })
  }
  if (provider !== undefined && !isIssuer(provider.issuer)) {
    const message = {
      id: 'Alamat penerbit dimulai dengan https:// dan tidak memuat nama atau sandi.',
      en: 'The address of an issuer starts with https:// and holds no name or password.',
    }
    errors.push({ field: '/provider/issuer', message })
  }
  if (errors.length > 0) throw new Problem('invalid_request', { errors })
}
