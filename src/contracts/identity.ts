import { Type, type Static } from 'typebox'
import { PublicJwk } from './agency-key.ts'
import { Id, Instant, oneOf, ROLES, SCOPES, Version } from './codes.ts'

/** The shapes of who may come in: people, programs, and proposals that two administrators agree to. */
const CLOSED = { additionalProperties: false } as const

/** One line of text: no control characters, which Postgres and people cannot read. */
const Name = Type.String({
  minLength: 1,
  maxLength: 120,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
})
const Language = oneOf(['id', 'en'])
const Roles = Type.Array(oneOf(ROLES), { minItems: 1, maxItems: 6, uniqueItems: true })
const ClientId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{2,62}$' })

export const PersonRead = Type.Object(
  {
    id: Id,
    agency: Type.Union([Id, Type.Null()]),
    display_name: Name,
    roles: Roles,
    language: Language,
    active: Type.Boolean(),
    version: Version,
    /** Whether the person can sign in already. */
    enrolled: Type.Boolean(),
  },
  CLOSED,
)
export type PersonRead = Static<typeof PersonRead>

export const NewPerson = Type.Object(
  { display_name: Name, roles: Roles, language: Type.Optional(Language) },
  CLOSED,
)
export const ChangedPerson = Type.Object(
  {
    display_name: Name,
    roles: Roles,
    language: Language,
    active: Type.Boolean(),
    version: Version,
  },
  CLOSED,
)

export const InvitationMade = Type.Object(
  { link: Type.String({ description: 'For that person alone; good once, for 7 days' }) },
  CLOSED,
)

export const ProgramRead = Type.Object(
  {
    id: ClientId,
    agency: Id,
    scopes: Type.Array(oneOf(SCOPES)),
    fingerprint: Type.String({
      description: 'Of its key, in groups to read aloud; of its first, before any counts',
    }),
    waiting: Type.Union(
      [
        Type.Object(
          { fingerprint: Type.String(), scopes: Type.Array(oneOf(SCOPES)), live_at: Instant },
          CLOSED,
        ),
        Type.Null(),
      ],
      { description: 'What was agreed to and takes the place of that at live_at' },
    ),
    active: Type.Boolean(),
    version: Version,
  },
  CLOSED,
)
export type ProgramRead = Static<typeof ProgramRead>
export const ChangedProgram = Type.Object({ active: Type.Boolean(), version: Version }, CLOSED)

/** Admits an agency: its first supervisor, who invites the others. */
const AdmitAgency = Type.Object({ supervisor: Name, language: Language }, CLOSED)
/** Registers a program, or gives it another key. */
const RegisterProgram = Type.Object(
  {
    client_id: ClientId,
    jwk: PublicJwk,
    scopes: Type.Array(oneOf(SCOPES), { minItems: 1, maxItems: 20, uniqueItems: true }),
  },
  CLOSED,
)
/** Gives an agency's people its own identity provider to sign in by. */
const SetProvider = Type.Object(
  {
    handle: ClientId,
    issuer: Type.String({ pattern: '^https?://[^\\s?#]{1,300}$' }),
    client_id: Type.String({ minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' }),
    active: Type.Boolean(),
  },
  CLOSED,
)
const AddHubPerson = Type.Object(
  { display_name: Name, role: oneOf(['hub_administrator', 'oversight_reviewer']) },
  CLOSED,
)

/** A key of the agency's own, with the proof that it holds the private part (`KEY_PROOF_TYPE`). */
const OwnKey = Type.Object(
  {
    jwk: Type.Optional(PublicJwk),
    pem: Type.Optional(
      Type.String({
        maxLength: 1000,
        pattern: '^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\\s]+-----END PUBLIC KEY-----\\s*$',
        description: 'In place of jwk (RFC 7468 section 13)',
      }),
    ),
    proof: Type.String({
      maxLength: 2000,
      pattern: '^[A-Za-z0-9_.-]*$',
      description:
        'Compact JWS by the key, typ agency-key-proof+jwt, kid its thumbprint: iss the agency (urn:uuid:), aud and challenge as given by GET /v1/identity/key-challenge, iat',
    }),
  },
  CLOSED,
)

/** Exactly the member of its kind is there, and `agency` unless the person is of the hub. */
export const NewProposal = Type.Object(
  {
    kind: oneOf(['agency', 'program', 'provider', 'hub_person', 'agency_key']),
    agency: Type.Optional(Id),
    admit: Type.Optional(AdmitAgency),
    program: Type.Optional(RegisterProgram),
    provider: Type.Optional(SetProvider),
    hub_person: Type.Optional(AddHubPerson),
    agency_key: Type.Optional(OwnKey),
  },
  CLOSED,
)
export type NewProposal = Static<typeof NewProposal>

/** Not told to an administrator while it is open: the fingerprint follows from it. */
const ProposedKey = Type.Optional(PublicJwk)

export const ProposalRead = Type.Object(
  {
    ...NewProposal.properties,
    program: Type.Optional(
      Type.Object({ ...RegisterProgram.properties, jwk: ProposedKey }, CLOSED),
    ),
    agency_key: Type.Optional(Type.Object({ jwk: ProposedKey }, CLOSED)),
    id: Id,
    fingerprint: Type.Union([Type.String(), Type.Null()], {
      description:
        'Of a key, in groups to read aloud. Null for an administrator while it is open: it is heard from the agency, and written',
    }),
    proposed_by: Id,
    proposed_at: Instant,
    /** Administrators who agreed; two are needed. */
    approved_by: Type.Array(Id),
    state: oneOf(['open', 'carried_out', 'rejected']),
    version: Version,
    /** The person that was made, once it is carried out. */
    person: Type.Optional(Id),
  },
  CLOSED,
)
export type ProposalRead = Static<typeof ProposalRead>

export const Approval = Type.Object(
  {
    version: Version,
    fingerprint: Type.Optional(
      Type.String({ maxLength: 100, description: 'As the agency read it aloud; for keys' }),
    ),
  },
  CLOSED,
)
export const Rejection = Type.Object({ version: Version }, CLOSED)

const pageOf = <Item extends typeof PersonRead | typeof ProgramRead | typeof ProposalRead>(
  item: Item,
) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) }, CLOSED)

export const PersonPage = pageOf(PersonRead)
export const ProgramPage = pageOf(ProgramRead)
export const ProposalPage = pageOf(ProposalRead)

export const PageQuery = Type.Object(
  {
    agency: Type.Optional(Id),
    after: Type.Optional(Type.String({ maxLength: 600 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  },
  CLOSED,
)
