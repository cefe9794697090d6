import { readFile } from 'node:fs/promises'
import type { JSONWebKeySet } from 'jose'
import { CATEGORIES, type Category } from '../src/contracts/codes.ts'
import type { HandoffProof } from '../src/contracts/handoff.ts'
import { permitAudienceOf } from '../src/contracts/permit.ts'
import { verifyHandoff, type HandoffVerdict } from '../src/handoff/verify.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const readJson = async (path: string): Promise<unknown> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is not JSON.`)
  }
}

const keysFrom = async (path: string): Promise<JSONWebKeySet> => {
  const set = (await readJson(path)) as Partial<JSONWebKeySet> | null
  if (!Array.isArray(set?.keys)) throw new UsageError(`${path} is no key set (RFC 7517).`)
  return { keys: set.keys }
}

const proofFrom = async (path: string): Promise<HandoffProof> => {
  const proof = (await readJson(path)) as Partial<HandoffProof> | null
  const { permit, manifest, statement, status } = proof ?? {}
  const isProof =
    [permit, manifest, status].every((part) => typeof part === 'string') &&
    (statement === null || typeof statement === 'string')
  if (!isProof) throw new UsageError(`${path} is not what GET /v1/referrals/ID/proof answers.`)
  return proof as HandoffProof
}

/** `AGENCY=FILE` pairs. */
const agencyKeysFrom = async (pairs: readonly string[]) => {
  const keys = new Map<string, JSONWebKeySet>()
  for (const pair of pairs) {
    const [agency = '', path = ''] = pair.split('=')
    if (!UUID.test(agency) || path === '')
      throw new UsageError(`--agency-keys AGENCY=FILE: ${pair}`)
    keys.set(permitAudienceOf(agency), await keysFrom(path))
  }
  return keys
}

/** `CATEGORY=FILE` pairs: sealed parts as they came. */
const partsFrom = async (pairs: readonly string[]): Promise<Map<Category, Uint8Array>> => {
  const parts = new Map<Category, Uint8Array>()
  for (const pair of pairs) {
    const [name = '', path = ''] = pair.split('=')
    const category = CATEGORIES.find((one) => one === name)
    if (category === undefined || path === '') throw new UsageError(`--part CATEGORY=FILE: ${pair}`)
    parts.set(category, await readFile(path))
  }
  return parts
}

const SIGNED_BY = {
  hub: ', signed by the hub for the agency',
  agency: ', signed by the agency itself',
} as const

const reportOf = (verdict: HandoffVerdict): string => {
  if (!verdict.holds) return `REFUSED at ${verdict.step}: ${verdict.reason}.\n`
  const [detail] = verdict.permit.authorization_details
  const by = verdict.statement === null ? '' : SIGNED_BY[verdict.statement.custody]
  return [
    'HOLDS: permit, manifest, statement and status agree.',
    `  hand-off   ${verdict.permit.jti}`,
    `  sender     ${verdict.permit.act.sub}`,
    `  purpose    ${detail?.purpose}, by ${detail?.basis}${by}`,
    `  categories ${detail?.datatypes.join(', ')}`,
    `  passing on ${detail?.onward}`,
    '',
  ].join('\n')
}

const verify = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = argumentsOf(args, {
    issuer: { type: 'string' },
    agency: { type: 'string' },
    'hub-keys': { type: 'string' },
    'agency-keys': { type: 'string', multiple: true, default: [] },
    part: { type: 'string', multiple: true, default: [] },
    at: { type: 'string' },
    json: { type: 'boolean', default: false },
  })
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new UsageError('Name one proof.')
  const { issuer, agency = '', 'hub-keys': hubKeys } = values
  if (issuer === undefined) throw new UsageError("Name the hub's address: --issuer URL")
  if (!UUID.test(agency)) throw new UsageError('Name your own agency: --agency ID')
  if (hubKeys === undefined) throw new UsageError("Name the hub's keys: --hub-keys FILE")
  const now = values.at === undefined ? new Date() : new Date(values.at)
  if (Number.isNaN(now.getTime())) throw new UsageError('--at is an instant: 2026-11-24T08:00:00Z')
  const agencyKeys = await agencyKeysFrom(values['agency-keys'])
  const verdict = await verifyHandoff(
    await proofFrom(path),
    { hubKeys: await keysFrom(hubKeys), agencyKeys: (name) => agencyKeys.get(name) },
    { issuer, audience: permitAudienceOf(agency), now, parts: await partsFrom(values.part) },
  )
  process.stdout.write(values.json ? `${JSON.stringify(verdict)}\n` : reportOf(verdict))
  return verdict.holds ? 0 : 1
}

export const permitVerify: Command = {
  words: ['permit', 'verify'],
  usage:
    'npx titian permit verify PROOF --issuer URL --agency ID --hub-keys FILE --agency-keys ID=FILE [--part CATEGORY=FILE] [--at INSTANT] [--json]',
  summary: 'check a hand-off offline',
  help: `Checks, without any network, that the hub admitted a hand-off to your agency, on a consent that
covers it, that the parts are the ones that were sealed, and that it has not ended.

  PROOF               what GET /v1/referrals/ID/proof answered
  --issuer URL        the hub's address
  --agency ID         your own agency
  --hub-keys FILE     what GET /.well-known/jwks.json answered, kept from before
  --agency-keys ID=FILE
                      what GET /v1/agency-keys/ID answered, for the sender and for who took the consent
  --part CATEGORY=FILE
                      a sealed part as it came
  --at INSTANT        judge as of then; now when not said. A status list is good for 300 seconds

It remembers nothing: whether a hand-off came before is for your own system to know, by its jti.
Exit code 0: it holds. 1: it does not, and at which step. 2: something could not be read.`,
  run: verify,
}
