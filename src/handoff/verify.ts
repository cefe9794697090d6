import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose'
import { Compile } from 'typebox/compile'
import { SENSITIVE, type Category } from '../contracts/codes.ts'
import {
  MANIFEST_TYPE,
  ManifestClaims,
  STATEMENT_TYPE,
  StatementClaims,
  STATUS_EXP_S,
  STATUS_LIST_TYPE,
  StatusListClaims,
  type HandoffProof,
} from '../contracts/handoff.ts'
import { PERMIT_TTL_S, PERMIT_TYPE, PermitClaims } from '../contracts/permit.ts'
import { jsonOf, readJws } from '../jws.ts'
import { signedInTime, type JudgedKey } from './judged-key.ts'
import { digestOf } from './manifest.ts'
import { STATUS, statusAt } from './status-list.ts'

const CLOCK_TOLERANCE_S = 30
const PERMIT_LENGTH = 8_192
const DOCUMENT_LENGTH = 16_384
const STATUS_LIST_LENGTH = 1_048_576

const permitShape = Compile(PermitClaims)
const manifestShape = Compile(ManifestClaims)
const statementShape = Compile(StatementClaims)
const statusShape = Compile(StatusListClaims)

export interface PermitExpectation {
  /** The hub's address: `iss` of its permits and status lists. */
  readonly issuer: string
  /** The verifier's own name: `permitAudienceOf(agency)`. */
  readonly audience: string
  /** The verifier's clock; the machine's when absent. */
  readonly now?: Date
}

/**
 * Whether a permit is the hub's, for this receiver, and no older than it may be. Null when not. By
 * itself it says nothing of the package, of consent, or of what was withdrawn since: `verifyHandoff`.
 */
export const verifyPermit = async (
  token: string,
  hubKeys: JSONWebKeySet,
  expected: PermitExpectation,
): Promise<PermitClaims | null> => {
  const read = await readJws(token, hubKeys, PERMIT_LENGTH)
  if (read === null || read.kid === undefined) return null
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(hubKeys), {
      issuer: expected.issuer,
      audience: expected.audience,
      typ: PERMIT_TYPE,
      algorithms: ['ES256'],
      clockTolerance: CLOCK_TOLERANCE_S,
      maxTokenAge: PERMIT_TTL_S,
      requiredClaims: ['exp', 'nbf', 'jti', 'sub', 'cnf', 'htd', 'status'],
      ...(expected.now === undefined ? {} : { currentDate: expected.now }),
    })
    return permitShape.Check(payload) ? payload : null
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

/** Whom the verifier believes. Keys MUST have come to it by another way than the proof. */
export interface Trust {
  readonly hubKeys: JSONWebKeySet
  /** Keys of an agency by its name in signed documents; undefined: not known. */
  readonly agencyKeys: (name: string) => JSONWebKeySet | undefined
}

export interface HandoffExpectation extends PermitExpectation {
  /** Sealed parts that have come, by category; those that are given are checked. */
  readonly parts?: ReadonlyMap<Category, Uint8Array>
  /**
   * Whether a hand-off was seen before. SHOULD remember it in the transaction of what follows from
   * it, until `exp`. Absent: every one is taken as new.
   */
  readonly isSeen?: (issuer: string, jti: string, exp: number) => boolean | Promise<boolean>
}

/** The six steps, in their order. */
export type HandoffStep = 'form' | 'permit' | 'manifest' | 'statement' | 'status' | 'replay'

export type HandoffVerdict =
  | {
      readonly holds: true
      readonly permit: PermitClaims
      readonly manifest: ManifestClaims
      readonly statement: StatementClaims | null
    }
  | { readonly holds: false; readonly step: HandoffStep; readonly reason: string }

class Refusal extends Error {
  readonly step: HandoffStep
  constructor(step: HandoffStep, reason: string) {
    super(reason)
    this.step = step
  }
}

const demand = (isSo: boolean, step: HandoffStep, reason: string): void => {
  if (!isSo) throw new Refusal(step, reason)
}

type Detail = PermitClaims['authorization_details'][number]

const detailOf = (permit: PermitClaims): Detail => {
  const [detail] = permit.authorization_details
  if (detail === undefined) throw new Refusal('permit', 'it allows nothing')
  return detail
}

const readManifest = async (token: string, permit: PermitClaims, trust: Trust) => {
  const keys = trust.agencyKeys(permit.act.sub)
  if (keys === undefined) throw new Refusal('manifest', "the sender's keys are not known")
  const own = keys.keys.filter(
    (key: JudgedKey) => key.kid === permit.cnf.jkt && key.custody !== 'agency',
  )
  const read = await readJws(token, { keys: own }, DOCUMENT_LENGTH)
  if (read === null || read.kid !== permit.cnf.jkt) {
    throw new Refusal('manifest', 'the key that the permit names did not sign it')
  }
  demand(read.typ === MANIFEST_TYPE, 'manifest', 'it is no manifest')
  demand(digestOf(read.payload) === permit.htd, 'manifest', 'the permit cites another one')
  const claims = jsonOf(read.payload)
  if (!manifestShape.Check(claims)) throw new Refusal('manifest', 'its claims are not in form')
  return claims
}

const checkManifest = (
  manifest: ManifestClaims,
  permit: PermitClaims,
  parts: ReadonlyMap<Category, Uint8Array>,
): void => {
  const isOfPermit =
    manifest.iss === permit.act.sub && manifest.aud === permit.aud && manifest.jti === permit.jti
  demand(isOfPermit, 'manifest', 'it is of another hand-off')
  demand(manifest.cst === (permit.cst?.dig ?? null), 'manifest', 'it cites another statement')
  const listed = manifest.parts.map((part) => part.category)
  const allowed = detailOf(permit).datatypes
  const isSame = listed.length === allowed.length && listed.every((one) => allowed.includes(one))
  demand(isSame, 'manifest', 'it lists other parts than the permit')
  for (const [category, bytes] of parts) {
    const part = manifest.parts.find((one) => one.category === category)
    demand(part?.dig === digestOf(bytes), 'manifest', `the part ${category} is not the one listed`)
  }
}

const readStatement = async (
  token: string,
  trust: Trust,
): Promise<[StatementClaims, Uint8Array]> => {
  const issuer = issuerOf(token)
  const keys = issuer === null ? undefined : trust.agencyKeys(issuer)
  if (keys === undefined)
    throw new Refusal('statement', "the capturing agency's keys are not known")
  const read = await readJws(token, keys, DOCUMENT_LENGTH)
  if (read === null) throw new Refusal('statement', 'the capturing agency did not sign it')
  demand(read.typ === STATEMENT_TYPE, 'statement', 'it is no consent statement')
  const claims = jsonOf(read.payload)
  if (!statementShape.Check(claims)) throw new Refusal('statement', 'its claims are not in form')
  const key: JudgedKey | undefined = keys.keys.find((one) => one.kid === read.kid)
  if (key === undefined) throw new Refusal('statement', 'it names no key of the capturing agency')
  demand((key.custody ?? 'hub') === claims.custody, 'statement', 'it says who else holds the key')
  demand(signedInTime(key, claims.iat), 'statement', 'the key had ended, or did not count yet')
  return [claims, read.payload]
}

/** Who a statement says it is by: only to choose keys, before anything of it is believed. */
const issuerOf = (token: string): string | null => {
  const claims = jsonOf(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
  const issuer = (claims as { iss?: unknown } | null)?.iss
  return typeof issuer === 'string' ? issuer : null
}

const checkStatement = (
  claims: StatementClaims,
  payload: Uint8Array,
  permit: PermitClaims,
  nowS: number,
): void => {
  const detail = detailOf(permit)
  const [given] = claims.authorization_details
  const { cst } = permit
  if (given === undefined || cst === undefined) {
    throw new Refusal('statement', 'the permit cites none')
  }
  demand(digestOf(payload) === cst.dig, 'statement', 'the permit cites another one')
  demand(claims.jti === cst.jti && claims.ver === cst.ver, 'statement', 'it is another version')
  demand(claims.sub === permit.sub, 'statement', 'it is about somebody else')
  demand(claims.status !== 'refused', 'statement', 'it is a refusal')
  demand(claims.exp > nowS, 'statement', 'it has ended')
  demand(given.locations.includes(permit.aud), 'statement', 'it does not name this recipient')
  demand(given.purposes.includes(detail.purpose), 'statement', 'it does not name this purpose')
  const isCovered = detail.datatypes.every(
    (one) =>
      given.datatypes.includes(one) && (given.sensitive_exp > nowS || !SENSITIVE.includes(one)),
  )
  demand(isCovered, 'statement', 'it does not cover every category')
  demand(given.onward === detail.onward, 'statement', 'it says otherwise of passing on')
}

const checkStatus = async (
  token: string,
  permit: PermitClaims,
  trust: Trust,
  nowS: number,
): Promise<void> => {
  const read = await readJws(token, trust.hubKeys, STATUS_LIST_LENGTH)
  if (read === null) throw new Refusal('status', 'the hub did not sign the list')
  demand(read.typ === STATUS_LIST_TYPE, 'status', 'it is no status list')
  const claims = jsonOf(read.payload)
  if (!statusShape.Check(claims)) throw new Refusal('status', 'its claims are not in form')
  const { idx, uri } = permit.status.status_list
  demand(claims.iss === permit.iss && claims.sub === uri, 'status', 'it is another list')
  const age = nowS - claims.iat
  demand(age <= STATUS_EXP_S && claims.exp > nowS, 'status', 'it is older than 300 seconds')
  demand(age >= -CLOCK_TOLERANCE_S, 'status', 'it is from the future')
  const { lst, bits } = claims.status_list
  const status = statusAt(lst, bits, idx)
  demand(status !== null, 'status', 'it has no such entry')
  demand(status !== STATUS.suspended, 'status', 'the permit was narrowed: ask for a new one')
  demand(status === STATUS.valid, 'status', 'the permit has ended')
}

const verify = async (proof: HandoffProof, trust: Trust, expected: HandoffExpectation) => {
  const nowS = Math.floor((expected.now ?? new Date()).getTime() / 1000)
  const form = await readJws(proof.permit, trust.hubKeys, PERMIT_LENGTH)
  if (form === null) throw new Refusal('form', 'not one plain spelling, signed by the hub')
  const permit = await verifyPermit(proof.permit, trust.hubKeys, expected)
  if (permit === null) {
    throw new Refusal('permit', 'not for this receiver, from this hub, at this time')
  }
  const manifest = await readManifest(proof.manifest, permit, trust)
  checkManifest(manifest, permit, expected.parts ?? new Map())
  const isOnConsent = detailOf(permit).basis === 'consent'
  let statement: StatementClaims | null = null
  if (isOnConsent || permit.cst !== undefined || proof.statement !== null) {
    demand(isOnConsent, 'statement', 'the permit rests on another basis')
    const [claims, payload] = await readStatement(proof.statement ?? '', trust)
    checkStatement(claims, payload, permit, nowS)
    statement = claims
  }
  await checkStatus(proof.status, permit, trust, nowS)
  const isSeen = await expected.isSeen?.(permit.iss, permit.jti, permit.exp)
  demand(isSeen !== true, 'replay', 'this hand-off was seen before')
  return { holds: true, permit, manifest, statement } as const
}

/**
 * Checks a hand-off offline, in six steps: the spelling of the permit, the permit, the manifest with
 * the parts, the consent statement, the status list, and whether it was seen before. It asks nobody
 * and fails closed: a status list of more than 300 seconds is none.
 */
export const verifyHandoff = async (
  proof: HandoffProof,
  trust: Trust,
  expected: HandoffExpectation,
): Promise<HandoffVerdict> => {
  try {
    return await verify(proof, trust, expected)
  } catch (error) {
    if (error instanceof Refusal) return { holds: false, step: error.step, reason: error.message }
    throw error
  }
}
