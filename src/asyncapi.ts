import { Type, type TSchema } from 'typebox'
import { Id, oneOf } from './contracts/codes.ts'
import { EVENTS, type EventType } from './contracts/events.ts'
import { FeedItemRead, LIVE_CLOSE } from './contracts/feed.ts'
import type { HubMessage } from './bus.ts'

const CLOSED = { additionalProperties: false } as const
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()])

/** What services hear of one journal entry, as a schema. */
const HubMessageRead = Type.Object(
  {
    position: Type.Integer({ minimum: 0, description: 'Place in the ledger' }),
    entry: Type.String({ format: 'uuid', description: 'Journal entry: handle each once' }),
    type: oneOf(EVENTS),
    at: Type.String({ format: 'date-time' }),
    outcome: oneOf(['ok', 'refused', 'failed']),
    agency: orNull(Id),
    subject: orNull(Id),
    object: orNull(Id),
    purpose: orNull(Type.String()),
    reason: orNull(Type.String()),
    data: Type.Unsafe({ type: 'object', additionalProperties: true }),
  } satisfies Record<keyof HubMessage, unknown>,
  CLOSED,
)

const Hello = Type.Object({ type: oneOf(['hello']), head: Type.Integer({ minimum: 0 }) }, CLOSED)
const Seen = Type.Object({ type: oneOf(['seen']), up_to: Type.Integer({ minimum: 0 }) }, CLOSED)
const SeenBy = Type.Object({ person: Type.String(), up_to: Type.Integer({ minimum: 0 }) }, CLOSED)
const Closing = Type.Object({ code: Type.Integer(), reason: Type.String() }, CLOSED)

const message = (name: string, summary: string, payload: TSchema) => ({
  name,
  summary,
  contentType: 'application/json',
  payload,
})

const MESSAGES = {
  hello: message(
    'hello',
    'First frame: number of the newest item when the connection began',
    Hello,
  ),
  item: message('item', "One item of the agency's feed, in order and without gaps", FeedItemRead),
  seen: message('seen', 'The same person has seen everything up to here on another device', Seen),
  close: message('close', 'Event streams alone: why the hub ends it; as closing codes', Closing),
  seen_by: message('seen_by', 'Between replicas: who has seen everything up to where', SeenBy),
  hub: message('hub', 'One journal entry, for services of the hub', HubMessageRead),
}

const refOf = (name: keyof typeof MESSAGES) => ({ $ref: `#/components/messages/${name}` })
const messagesOf = (...names: (keyof typeof MESSAGES)[]) =>
  Object.fromEntries(names.map((name) => [name, refOf(name)]))

/** `agency.{agency}.noun.verb.v1`: the service's name is not for agencies. */
const agencySubjectOf = (type: EventType): string =>
  `agency.{agency}.${type.slice(type.indexOf('.') + 1)}`

const AGENCY = { agency: { description: "The agency's id; its account reads no other" } }
const AFTER = {
  query: {
    type: 'object',
    properties: {
      after: {
        type: 'string',
        description: 'Number of the last item handled; absent: from the newest on',
      },
    },
  },
}

const natsChannels = () =>
  Object.fromEntries(
    EVENTS.flatMap((type) => [
      [
        `hub_${type}`,
        {
          address: `hub.${type}`,
          servers: [{ $ref: '#/servers/nats' }],
          messages: messagesOf('hub'),
        },
      ],
      [
        `agency_${type}`,
        {
          address: agencySubjectOf(type),
          servers: [{ $ref: '#/servers/nats' }],
          parameters: AGENCY,
          messages: messagesOf('item'),
        },
      ],
    ]),
  )

const receive = (channel: string, names: readonly (keyof typeof MESSAGES)[]) => ({
  action: 'send',
  channel: { $ref: `#/channels/${channel}` },
  messages: names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
})

/** docs/asyncapi.json: what the hub says unasked, over WebSocket, event stream and NATS. */
export const asyncApiDocument = (version: string) => {
  const codes = Object.entries(LIVE_CLOSE).map(([why, code]) => `${code} ${why}`)
  const natural = natsChannels()
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Titian',
      version,
      description: `Ids and codes only. Closing codes: ${codes.join(', ')}.`,
      license: { name: 'Apache-2.0' },
    },
    servers: {
      hub: { host: 'hub.example', protocol: 'https', description: 'Public address of a hub' },
      nats: { host: 'nats.example:4222', protocol: 'nats', description: 'JetStream' },
    },
    channels: {
      live: {
        address: '/v1/live',
        servers: [{ $ref: '#/servers/hub' }],
        messages: messagesOf('hello', 'item', 'seen'),
        bindings: { ws: { method: 'GET', ...AFTER } },
      },
      events: {
        address: '/v1/events',
        servers: [{ $ref: '#/servers/hub' }],
        messages: messagesOf('hello', 'item', 'seen', 'close'),
        bindings: { http: {} },
      },
      seen_by: {
        address: 'live.{agency}.seen',
        servers: [{ $ref: '#/servers/nats' }],
        parameters: AGENCY,
        messages: messagesOf('seen_by'),
      },
      ...natural,
    },
    operations: {
      live: receive('live', ['hello', 'item', 'seen']),
      events: receive('events', ['hello', 'item', 'seen', 'close']),
      seen_by: receive('seen_by', ['seen_by']),
      ...Object.fromEntries(
        Object.keys(natural).map((channel) => [
          channel,
          receive(channel, [channel.startsWith('hub_') ? 'hub' : 'item']),
        ]),
      ),
    },
    components: { messages: MESSAGES },
  }
}

export const asyncApiText = (version: string): string =>
  `${JSON.stringify(asyncApiDocument(version), null, 2)}\n`
