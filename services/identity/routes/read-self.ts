import { Type } from 'typebox'
import { Id, oneOf, ROLES, SCOPES } from '../../../src/contracts/codes.ts'
import type { Route } from '../../../src/service.ts'

const Self = Type.Object(
  {
    kind: oneOf(['person', 'system']),
    id: Type.String({ description: 'Id of the person, or of the client' }),
    agency: Type.Union([Id, Type.Null()], { description: 'Null for those who work for the hub' }),
    roles: Type.Array(oneOf(ROLES)),
    scopes: Type.Array(oneOf(SCOPES)),
  },
  { additionalProperties: false },
)

/** Who the hub takes the caller for. */
export const readSelf: Route = (app) => {
  app.get(
    '/v1/me',
    {
      config: { authority: 'self.read' },
      schema: {
        summary: 'Who am I',
        tags: ['identity'],
        response: { 200: Self },
      },
    },
    async (request) => {
      const { id, agency, roles, scopes } = request.actor
      const kind = request.actor.kind === 'system' ? ('system' as const) : ('person' as const)
      return { kind, id, agency, roles: [...roles], scopes: [...scopes] }
    },
  )
}
