import { Type, type Static } from 'typebox'
import type { KeyChallenge } from '../../../src/contracts/agency-key.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import type { ProposalRead } from '../../../src/contracts/identity.ts'
import { permitAudienceOf } from '../../../src/contracts/permit.ts'
import { agencyOptions } from '../agencies.ts'
import { pathWith } from '../all-pages.ts'
import type { PortalRoute } from '../page.ts'
import { ChooseProposalPage, KINDS, NewProposalPage, type Kind } from '../pages/new-proposal.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { publicKeyOf } from '../public-key.ts'
import { troubleOf } from '../trouble.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { PROPOSALS } from './proposals.tsx'

const Query = {
  querystring: Type.Object({
    kind: Type.Optional(oneOf(KINDS)),
    agency: Type.Optional(Id),
  }),
}
interface Asked {
  readonly kind?: Kind
  readonly agency?: string
}

/** What a supervisor may propose: keys of the own agency. */
const OWN: readonly Kind[] = ['program', 'agency_key']
const kindsFor = (visit: SignedVisit): readonly Kind[] => (visit.me.agency === null ? KINDS : OWN)

/** The member of a proposal that a form of its kind makes. */
const memberOf = (kind: Kind, form: Form, jwk: object): object => {
  const text = (name: string): string => form.text(name) ?? ''
  switch (kind) {
    case 'agency':
      return { admit: { supervisor: text('supervisor'), language: form.text('language') ?? 'id' } }
    case 'program':
      return { program: { client_id: text('client_id'), jwk, scopes: form.list('scopes') } }
    case 'provider': {
      const active = form.text('active') === 'yes'
      const [handle, issuer, client_id] = [text('handle'), text('issuer'), text('client_id')]
      return { provider: { handle, issuer, client_id, active } }
    }
    case 'hub_person':
      return { hub_person: { display_name: text('display_name'), role: text('role') } }
    case 'agency_key':
      return { agency_key: { jwk, proof: text('proof') } }
  }
}

const newPage = async (
  visit: SignedVisit,
  kind: Kind,
  trouble: Trouble = NO_TROUBLE,
  form: Form | null = null,
): Promise<PageView> => {
  const given = visit.request.query as Asked
  const agency = visit.me.agency ?? form?.text('agency') ?? given.agency ?? null
  const isKey = kind === 'agency_key'
  const challenge = isKey
    ? await visit.api.get<Static<typeof KeyChallenge>>('/v1/identity/key-challenge')
    : null
  const isChoosing = visit.me.agency === null && kind !== 'hub_person'
  const body = (
    <NewProposalPage
      kind={kind}
      agency={agency}
      agencies={isChoosing ? await agencyOptions(visit) : []}
      toSign={
        challenge === null
          ? null
          : {
              iss: agency === null ? 'urn:uuid:…' : permitAudienceOf(agency),
              aud: challenge.audience,
              challenge: challenge.challenge,
              until: visit.when.full(challenge.expires_at),
            }
      }
      trouble={trouble}
      form={form}
    />
  )
  const status = trouble === NO_TROUBLE ? 200 : 422
  return { kind: 'page', title: 'proposal.title', place: 'more', status, body }
}

/** Proposing what two administrators have to agree to. */
export const newProposal: PortalRoute = (portal) => {
  portal.get('/proposals/new', Query, async (visit) => {
    const { kind, agency } = visit.request.query as Asked
    const kinds = kindsFor(visit)
    if (kind !== undefined && kinds.includes(kind)) return await newPage(visit, kind)
    const body = <ChooseProposalPage kinds={kinds} agency={agency ?? null} />
    return { kind: 'page', title: 'proposal.title', place: 'more', body }
  })
  portal.post('/proposals/new', {}, async (visit, form) => {
    const { t, me } = visit
    const kind = kindsFor(visit).find((each) => each === form.text('kind'))
    if (kind === undefined) return goTo('/proposals/new')
    const agency = me.agency ?? form.text('agency')
    const key = publicKeyOf(form.text('jwk') ?? '')
    const hasKey = kind === 'program' || kind === 'agency_key'
    if (hasKey && typeof key === 'string') {
      const wrong = [{ field: 'jwk', message: t(`key.pasted.${key}`) }]
      return await newPage(visit, kind, { wrong, again: null }, form)
    }
    const about = memberOf(kind, form, typeof key === 'string' ? {} : key)
    const asked = { kind, ...(agency === undefined || kind === 'hub_person' ? {} : { agency }) }
    try {
      const options = { idempotencyKey: form.text('key') ?? '' }
      const made = await visit.api.post<ProposalRead>(PROPOSALS, { ...asked, ...about }, options)
      return goTo(`/proposals/${made.id}`)
    } catch (error) {
      const back = pathWith('/proposals/new', { kind, agency })
      const field = kind === 'agency_key' ? 'proof' : 'agency'
      return await newPage(visit, kind, troubleOf(error, field, back), form)
    }
  })
}
