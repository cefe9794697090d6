import { sql } from 'drizzle-orm'
import type { CapacityRead } from '../../../src/contracts/capacity.ts'
import { MatchPage, MatchQuestion, type Match } from '../../../src/contracts/matching.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import type { Tx } from '../../../src/db.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { findMatches, type Candidate } from '../matching.ts'
import { placesOf } from '../places.ts'
import { reasonsOf } from '../reasons.ts'
import { readService } from '../tables.ts'

/** @throws Problem not_found when the case is absent or another agency's */
const doNotSendOf = async (tx: Tx, caseId: string, agency: string | null): Promise<string[]> => {
  const [row] = await tx.execute<{ blocked: string[] | null }>(
    sql`select cases.do_not_send_of(${caseId}, ${agency}) as blocked`,
  )
  if (row === undefined || row.blocked === null) throw new Problem('not_found')
  return row.blocked
}

const presentMatch = (
  candidate: Candidate,
  question: MatchQuestion,
  places: readonly CapacityRead[],
): Match => {
  const reasons = reasonsOf(candidate, question)
  const { service, score, response } = candidate
  return {
    service: readService(candidate, new Date()),
    score,
    of: reasons.reduce((sum, reason) => sum + reason.of, 0),
    reasons,
    capacity: places.filter((row) => row.service === service.id),
    response,
  }
}

/** A question with a body, so that nothing asked stands in a URL; it changes nothing. */
export const findMatchesRoute: Route = (app, ctx) => {
  app.post(
    '/v1/directory/matches',
    {
      config: { authority: 'directory.read' },
      schema: {
        summary: 'Who can take this? Services by how likely they can, with the reasons',
        tags: ['directory'],
        body: MatchQuestion,
        response: { 200: MatchPage },
      },
    },
    async (request) => {
      const { body: question, actor } = request
      const { case: caseId, after, limit } = question
      if (caseId !== undefined) {
        authorize(request, 'case.read', { kind: 'none' }, { object: caseId })
      }
      const place = after === undefined ? null : placeOf(after, ['number', 'string', 'uuid'])
      return await ctx.db.withActor(actor, async (tx) => {
        const blocked = caseId === undefined ? [] : await doNotSendOf(tx, caseId, actor.agency)
        const found = await findMatches(tx, question, {
          own: actor.agency,
          blocked,
          after: place as [number, string, string] | null,
          limit: limit + 1,
        })
        const page = found.slice(0, limit)
        const last = found.length > limit ? page.at(-1) : undefined
        const places = await placesOf(
          tx,
          page.map((candidate) => candidate.service.id),
        )
        return {
          items: page.map((candidate) => presentMatch(candidate, question, places)),
          next:
            last === undefined
              ? null
              : cursorOf([last.score, last.service.name_id, last.service.id]),
        }
      })
    },
  )
}
