import type { AuditItem } from '../../src/contracts/audit.ts'
import type { Opening } from '../../src/contracts/audit-review.ts'
import type { Outcome } from '../../src/contracts/events.ts'
import { referenceOf } from './parts/reference.ts'
import type { Key, Words } from './parts/words.ts'
import type { SignedVisit } from './visit.ts'

/** A text of a code that may be newer than these pages: then the code itself, as words. */
export const codeText = (t: Words, kind: string, code: string): string => {
  const text = t(`${kind}.${code}` as Key)
  return text === '' ? code.replaceAll('_', ' ') : text
}

/** Why an act was refused, or the reason that somebody gave. */
const reasonText = (t: Words, code: string): string => {
  const known =
    t(`audit.refusal.${code}` as Key) ||
    t(`reason.${code}` as Key) ||
    t(`glass.reason.${code}` as Key)
  return known === '' ? t('audit.code', { code }) : known
}

/** What people say instead of an id: the same six letters and digits as of a referral. */
export const shortCode = (id: string): string => referenceOf(id).slice('RJ-'.length)

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** A case by its short code, whether it is known by its id or by a pseudonym. */
export const caseCode = (name: string): string =>
  isId(name) ? shortCode(name) : name.slice('pw:'.length, 'pw:'.length + 6)

/** Who acted: oneself, a colleague by a code, somebody at another agency, or the hub. */
export const whoOf = async (
  visit: SignedVisit,
  agency: string | null,
  actor: string | null,
): Promise<string> => {
  const { t, me, names } = visit
  if (actor !== null && actor === me.id) return t('audit.you')
  if (agency === null) return t('audit.hub')
  const name = await names.agency(agency)
  if (actor === null) return t('audit.someone', { agency: name })
  return t('audit.worker', { code: isId(actor) ? shortCode(actor) : actor, agency: name })
}

/** An entry as its row says it. */
export interface TrailRow {
  readonly position: number
  readonly n: number | null
  readonly at: string
  readonly what: string
  readonly outcome: Outcome
  readonly who: string
  readonly actor: string | null
  /** True when the reader may ask who acted for a reason. */
  readonly isOurs: boolean
  readonly caseName: string | null
  /** The broken glass that it tells of. */
  readonly glass: string | null
  readonly facts: readonly string[]
  readonly leaf: string
  readonly disclosures: readonly string[]
}

export const trailRow = async (visit: SignedVisit, item: AuditItem): Promise<TrailRow> => {
  const { t, when, me } = visit
  const { content, position, n, outcome, leaf, disclosures } = item
  const facts: string[] = []
  for (const category of content?.categories ?? []) facts.push(t(`category.${category}`))
  if (content?.purpose != null) {
    facts.push(t('audit.opening.why', { purpose: codeText(t, 'purpose', content.purpose) }))
  }
  if (content?.reason != null) facts.push(reasonText(t, content.reason))
  const glass = content?.data?.['break_glass']
  const hidden = me.agency === null ? t('audit.hidden') : t('audit.erased')
  return {
    position,
    n,
    at: when.full(item.at),
    what: codeText(t, 'event', item.type),
    outcome,
    who: content === null ? hidden : await whoOf(visit, content.agency, content.actor),
    actor: content?.actor ?? null,
    isOurs: content?.actor != null && content.agency === me.agency,
    caseName: content?.subject ?? null,
    glass: typeof glass === 'string' ? glass : null,
    facts,
    leaf,
    disclosures,
  }
}

/** One time that data was opened, as its row says it. */
export interface OpeningRow {
  readonly n: number
  readonly at: string
  readonly who: string
  readonly what: string
  readonly facts: readonly string[]
  readonly caseName: string | null
}

export const openingRow = async (visit: SignedVisit, item: Opening): Promise<OpeningRow> => {
  const { t, when } = visit
  const facts: string[] = []
  if (item.purpose !== null) {
    facts.push(t('audit.opening.why', { purpose: codeText(t, 'purpose', item.purpose) }))
  }
  if (item.basis !== null) {
    facts.push(t('audit.opening.basis', { basis: codeText(t, 'basis', item.basis) }))
  }
  if (item.grant !== null) facts.push(t('audit.opening.grant', { code: shortCode(item.grant) }))
  if (item.referral !== null) {
    facts.push(t('audit.opening.referral', { code: referenceOf(item.referral) }))
  }
  const what = item.categories.map((category) => t(`category.${category}`)).join(', ')
  return {
    n: item.n,
    at: when.full(item.at),
    who: await whoOf(visit, item.agency, item.actor),
    what: t('audit.opening.what', { what: what === '' ? t('data.title') : what }),
    facts,
    caseName: item.case,
  }
}
