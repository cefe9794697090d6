import { Type, type Static } from 'typebox'
import { CATEGORIES, HELD, Id, Instant, oneOf, orNull } from './codes.ts'
import { Receipt } from './referral.ts'

/** Most bytes of an uploaded image. */
export const IMAGE_MAX_BYTES = 8 * 1024 * 1024

/** The shapes of messages between two agencies that serve the same survivor. */
const CLOSED = { additionalProperties: false } as const
const few = { uniqueItems: true, maxItems: 10 } as const

const Words = {
  category: oneOf(HELD),
  text: Type.String({ minLength: 1, maxLength: 8000, pattern: '\\S' }),
  mentions: Type.Optional(Type.Array(Id, { ...few, description: 'Colleagues, by person id' })),
  attachments: Type.Optional(Type.Array(Id, few)),
}
/** To whom one writes on a referral: its other agency, or who has the case now. */
export const ToWhom = oneOf(['partner', 'owner'])

export const NewMessage = Type.Object({ ...Words, to: Type.Optional(ToWhom) }, CLOSED)
export type NewMessage = Static<typeof NewMessage>
export const NewCaseMessage = Type.Object({ ...Words, with: Id }, CLOSED)
export type NewCaseMessage = Static<typeof NewCaseMessage>

export const SentMessage = Type.Object({ id: Id, at: Instant, receipt: Receipt }, CLOSED)
export type SentMessage = Static<typeof SentMessage>

const Image = {
  id: Id,
  media_type: oneOf(['image/jpeg', 'image/png']),
  bytes: Type.Integer(),
  width: Type.Integer(),
  height: Type.Integer(),
}
export const AttachmentRead = Type.Object(Image, CLOSED)
export const AttachmentAdded = Type.Object({ ...Image, category: oneOf(CATEGORIES) }, CLOSED)
export type AttachmentAdded = Static<typeof AttachmentAdded>

/** One message without its words. Persons of the other agency stay unnamed. */
export const MessageRead = Type.Object(
  {
    id: Id,
    about: oneOf(['referral', 'case']),
    agency: Id,
    addressee: Id,
    author: orNull(Type.String()),
    category: oneOf(CATEGORIES),
    mentions: Type.Array(Id),
    at: Instant,
    retracted_at: orNull(Instant),
    readable: Type.Boolean({ description: 'False: retracted' }),
    attachments: Type.Array(AttachmentRead),
    read: Type.Array(
      Type.Object({ agency: Id, person: orNull(Type.String()), at: Instant }, CLOSED),
      { description: 'Who on the other side has read it, each once' },
    ),
  },
  CLOSED,
)
export type MessageRead = Static<typeof MessageRead>
export const MessagePage = Type.Object({ items: Type.Array(MessageRead), next: orNull(Id) }, CLOSED)
export type MessagePage = Static<typeof MessagePage>

export const OpenedMessage = Type.Object({ id: Id, text: Type.String(), access: Id }, CLOSED)
export type OpenedMessage = Static<typeof OpenedMessage>
export const OpenedAttachment = Type.Object(
  {
    file: Type.String({ description: 'Path that gives the image once, within 30 seconds' }),
    media_type: Image.media_type,
    bytes: Image.bytes,
    access: Id,
  },
  CLOSED,
)
export type OpenedAttachment = Static<typeof OpenedAttachment>
export const Retracted = Type.Object({ id: Id, retracted_at: Instant }, CLOSED)
export type Retracted = Static<typeof Retracted>
