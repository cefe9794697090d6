import { Type, type Static } from 'typebox'
import { CATEGORIES, Id, Instant, oneOf } from './codes.ts'
import { EVENTS } from './events.ts'

/** The shapes of the audit trail: entries with what proves them, and the proofs. */
const CLOSED = { additionalProperties: false } as const

export const OUTCOMES = ['ok', 'refused', 'failed'] as const

const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])
const Hash = Type.String({ description: '32 bytes in base64', pattern: '^[A-Za-z0-9+/]{43}=$' })
const Size = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** A case as an agency knows it. */
export const CaseName = Type.String({
  pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|pw:[A-Za-z0-9_-]{22})$',
  description: 'A case of yours by its id, another by the pseudonym that you know it under (pw:…)',
})

/** What an entry says, as far as this reader may know. Believe the disclosures, not this. */
export const AuditContent = Type.Object(
  {
    id: Id,
    agency: Maybe(Id),
    actor: Maybe(Type.String({ description: 'Only people and programs of your own agency' })),
    subject: Maybe(
      Type.String({
        description: 'The case: its id for its owner, your pseudonym of it otherwise',
      }),
    ),
    object: Maybe(Type.String({ description: 'The referral, statement, service…' })),
    purpose: Maybe(Type.String()),
    categories: Maybe(Type.Array(oneOf(CATEGORIES))),
    reason: Maybe(Type.String()),
    data: Maybe(Type.Record(Type.String(), Type.Any())),
  },
  CLOSED,
)

export const AuditItem = Type.Object(
  {
    position: Type.Integer({ minimum: 0, description: 'Place in the ledger' }),
    n: Maybe(
      Type.Integer({ minimum: 1, description: "Place in your agency's feed, without gaps" }),
    ),
    at: Instant,
    type: oneOf(EVENTS),
    outcome: oneOf(OUTCOMES),
    leaf: Type.String({ description: 'What the ledger hashed, RFC 8785' }),
    disclosures: Type.Array(Type.String({ description: '[salt, name, value], RFC 8785' })),
    content: Maybe(AuditContent),
  },
  CLOSED,
)
export type AuditItem = Static<typeof AuditItem>

export const AuditPage = Type.Object(
  { items: Type.Array(AuditItem), next: Maybe(Type.String()) },
  CLOSED,
)
export type AuditPage = Static<typeof AuditPage>

export const AuditQuery = Type.Object(
  {
    case: Type.Optional(CaseName),
    object: Type.Optional(Id),
    type: Type.Optional(oneOf(EVENTS)),
    outcome: Type.Optional(oneOf(OUTCOMES)),
    agency: Type.Optional(Type.String({ ...Id, description: 'Whose people acted' })),
    actor: Type.Optional(
      Type.String({ maxLength: 100, description: 'A person or program of your own agency' }),
    ),
    category: Type.Optional(oneOf(CATEGORIES)),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    order: Type.Optional(oneOf(['oldest', 'newest'])),
    after: Type.Optional(Type.String({ maxLength: 100 })),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  CLOSED,
)
export type AuditQuery = Static<typeof AuditQuery>

/** Most entries of one bundle. */
export const MAX_BUNDLE_ENTRIES = 5_000

export const BundleQuery = Type.Object(
  {
    from: Type.Optional(Type.Integer({ ...Size, description: 'First number of your feed; 1' })),
    to: Type.Optional(Type.Integer({ ...Size, description: 'Last number; the newest' })),
    case: Type.Optional(CaseName),
    object: Type.Optional(Id),
    since: Type.Optional(
      Type.Array(Type.Integer(Size), {
        maxItems: 10,
        description: 'Sizes of checkpoints that you kept or that witnesses hold',
      }),
    ),
  },
  CLOSED,
)
export type BundleQuery = Static<typeof BundleQuery>

export const CheckpointQuery = Type.Object(
  {
    witnessed: Type.Optional(
      Type.Boolean({ description: 'The newest that a quorum of witnesses cosigned' }),
    ),
  },
  CLOSED,
)

/** Witnesses of the ledger, by their names in the hub's policy. */
export const Witnesses = Type.Object(
  {
    size: Count,
    quorum: Type.String({ description: "Witness or group of the hub's policy; none: nobody" }),
    items: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          size: Type.Integer({ minimum: 0, description: 'Of the last head that it cosigned' }),
          behind: Type.Integer({ minimum: 0, description: 'Entries that it has not seen' }),
          cosigned_at: Maybe(Instant),
          tried_at: Maybe(Instant),
          failure: Maybe(
            Type.String({ description: 'Why the last try failed; refused_as_fork is an alarm' }),
          ),
        },
        CLOSED,
      ),
    ),
  },
  CLOSED,
)

export const TileParams = Type.Object(
  { level: Type.Integer({ minimum: 0, maximum: 6 }), '*': Type.String({ maxLength: 100 }) },
  CLOSED,
)
export const ProofQuery = Type.Object({ position: Count }, CLOSED)

export const InclusionQuery = Type.Object(
  {
    position: Count,
    size: Type.Optional(Type.Integer({ ...Size, description: 'Without it: the newest' })),
  },
  CLOSED,
)
export const Inclusion = Type.Object(
  { position: Count, size: Count, leaf_hash: Hash, proof: Type.Array(Hash) },
  CLOSED,
)
export type Inclusion = Static<typeof Inclusion>

export const ConsistencyQuery = Type.Object(
  { from: Type.Integer(Size), to: Type.Optional(Type.Integer(Size)) },
  CLOSED,
)
export const Consistency = Type.Object({ from: Count, to: Count, proof: Type.Array(Hash) }, CLOSED)
export type Consistency = Static<typeof Consistency>
