import type { FastifySchema } from 'fastify'
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui'

interface Operation {
  parameters?: object[]
  responses?: Record<string, object>
}

const CHANGES = ['post', 'put', 'patch', 'delete'] as const

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description:
    'Fresh for each change; the same again for a repetition, which gets the first answer',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{8,100}$' },
}

/** RFC 9457, as every refusal is answered. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'code', 'status', 'title', 'detail', 'instance'],
  properties: {
    type: { type: 'string' },
    code: { type: 'string', description: 'Stable; listed in the README of its service' },
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: {
      type: 'string',
      description: 'What to do, in Indonesian or (Accept-Language) English',
    },
    instance: { type: 'string', description: 'Number of the request; quote it when reporting' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
        additionalProperties: false,
      },
    },
  },
  // Some problems have members of their own, such as the state that won a race.
  additionalProperties: true,
}

/**
 * An opening or an export is a record of its own each time; a preview or a question in a body changes
 * nothing.
 */
const isKeyed = (path: string): boolean =>
  path.startsWith('/v1/') && !/\/(open|matches|preview|export|case-exports)$/.test(path)

/** What is true of every route and written down once: the key of changes, the form of refusals. */
const complete = (document: { paths?: object; components?: { schemas?: object } }): void => {
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations as Record<string, Operation>)) {
      if (isKeyed(path) && (CHANGES as readonly string[]).includes(method)) {
        operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY]
      }
      operation.responses = {
        ...operation.responses,
        default: {
          description: 'A refusal',
          content: {
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          },
        },
      }
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM },
  }
}

/** A route that reads its body itself, as a stream, has no schema of it but says of which types it is. */
const withRawBody = (schema: FastifySchema): FastifySchema => {
  const { consumes, body } = schema ?? {}
  if (consumes === undefined || body !== undefined) return schema
  const content = Object.fromEntries(consumes.map((type) => [type, { schema: {} }]))
  return { ...schema, body: { content } }
}

export const openApiOptions = (version: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Titian',
      version,
      description:
        'Referrals between the agencies that help survivors of human trafficking. Programs send an ' +
        'access token of `/oidc/token`; people signed in by this browser need none.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
    security: [{ token: [] }],
  },
  transform: ({ schema, url }) => ({ schema: withRawBody(schema), url }),
  transformObject: (given) => {
    const document = 'openapiObject' in given ? given.openapiObject : given.swaggerObject
    complete(document)
    return document
  },
})

export const docsOptions: FastifySwaggerUiOptions = {
  routePrefix: '/docs',
  staticCSP: true,
  logo: {
    type: 'image/svg+xml',
    content: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  },
  theme: { title: 'Titian – API' },
  uiConfig: { docExpansion: 'list', tryItOutEnabled: true, defaultModelsExpandDepth: -1 },
}
