import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { demandRecent } from '../../../src/challenge.ts'
import { ChangedProgram, ProgramRead } from '../../../src/contracts/identity.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { PROGRAM, readProgram, type ProgramRow } from '../programs.ts'

export const changeProgram: Route = (app, ctx) => {
  app.put(
    '/v1/identity/programs/:client',
    {
      config: { authority: 'people.write' },
      schema: {
        summary: 'Switch a program off at once, or on again',
        tags: ['identity'],
        params: Type.Object(
          { client: Type.String({ maxLength: 63 }) },
          { additionalProperties: false },
        ),
        body: ChangedProgram,
        response: { 200: ProgramRead },
      },
    },
    async (request, reply) => {
      const { client } = request.params
      const { active, version } = request.body
      // To cut a program off is never too late for a proof.
      if (active) demandRecent(request)
      const { body } = await once(ctx, request, async (tx) => {
        const [current] = await tx.execute<ProgramRow>(sql`
          select ${PROGRAM} from identity.client
          where id = ${client}`)
        const owner = current?.agency ?? null
        if (request.actor.agency !== null || current === undefined) {
          authorize(request, 'people.write', { kind: 'owned', owner })
        }
        if (current === undefined) throw new Problem('not_found')
        const [changed] = await tx.execute<ProgramRow>(sql`
          update identity.client set active = ${active}, version = version + 1
          where id = ${client} and version = ${version}
          returning ${PROGRAM}`)
        if (changed === undefined) {
          throw new Problem('version_conflict', { members: { version: current.version } })
        }
        await append(tx, request.actor, {
          type: 'identity.client.changed.v1',
          concerned: [changed.agency],
          data: { client, active },
        })
        return { status: 200, body: readProgram(changed) }
      })
      ctx.bus.wake('access')
      return reply.code(200).send(body)
    },
  )
}
