import { Type, type Static } from 'typebox'
import { Id, oneOf, URGENCIES, type Urgency } from './codes.ts'
import { MARK_PERCENT, TIMERS, type Span, type Timer } from './timers.ts'

const CLOSED = { additionalProperties: false } as const
const amount = (most: number) => Type.Integer({ minimum: 1, maximum: most })

const Spans = {
  open_hours: Type.Object({ kind: oneOf(['open_hours']), hours: amount(1000) }, CLOSED),
  open_days: Type.Object({ kind: oneOf(['open_days']), days: amount(180) }, CLOSED),
  calendar_hours: Type.Object({ kind: oneOf(['calendar_hours']), hours: amount(8760) }, CLOSED),
}
const AnySpan = Type.Union([Spans.open_hours, Spans.open_days, Spans.calendar_hours])

/** Members of `timers` by name: `acknowledge.urgent`, `decide.normal` and so on. */
export type Agreed = Record<`${Timer}.${Urgency}`, Span> & {
  /** Shares of the span, in percent, at which a clock speaks. */
  readonly marks: {
    readonly remind: number
    readonly coordinate: number
    readonly expire: number
  }
  /** Days after a closing. */
  readonly follow_up: readonly number[]
}

const spanMembers = Object.fromEntries(
  Object.keys(TIMERS).flatMap((timer) =>
    // An emergency runs day and night.
    URGENCIES.map((urgency) => [
      `${timer}.${urgency}`,
      Type.Optional(urgency === 'emergency' ? Spans.calendar_hours : AnySpan),
    ]),
  ),
)

export const AgreedTimers = Type.Unsafe<Partial<Agreed>>(
  Type.Object(
    {
      ...spanMembers,
      marks: Type.Optional(
        Type.Object(
          {
            remind: Type.Integer({ minimum: 1, maximum: 99, default: MARK_PERCENT.remind }),
            coordinate: Type.Integer({
              minimum: 101,
              maximum: 1000,
              default: MARK_PERCENT.coordinate,
            }),
            expire: Type.Integer({ minimum: 102, maximum: 1000, default: MARK_PERCENT.expire }),
          },
          CLOSED,
        ),
      ),
      follow_up: Type.Optional(
        Type.Array(Type.Integer({ minimum: 1, maximum: 730 }), {
          minItems: 1,
          maxItems: 12,
          uniqueItems: true,
        }),
      ),
    },
    CLOSED,
  ),
)

const Party = Type.Union([Id, Type.Null()], { description: 'An agency; null: any' })

/**
 * What a sender and a recipient agreed on. The more of the two is named, the more it counts; a
 * recipient named alone counts more than a sender named alone.
 */
export const Agreement = Type.Object(
  { sender: Party, recipient: Party, timers: AgreedTimers, version: Type.Integer({ minimum: 1 }) },
  CLOSED,
)
export type Agreement = Static<typeof Agreement>

export const AgreementChange = Type.Object(
  {
    sender: Party,
    recipient: Party,
    timers: AgreedTimers,
    version: Type.Integer({
      minimum: 0,
      maximum: 2_147_483_647,
      description: 'The version that was seen; 0: none yet',
    }),
  },
  CLOSED,
)
export const AgreementList = Type.Object({ items: Type.Array(Agreement) }, CLOSED)
