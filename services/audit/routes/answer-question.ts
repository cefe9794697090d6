import { sql } from 'drizzle-orm'
import {
  OpeningQuery,
  QuestionAnswer,
  QuestionPage,
  QuestionParams,
  QuestionRead,
} from '../../../src/contracts/audit-review.ts'
import { cursorOf, placeOf } from '../../../src/cursor.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Keys } from '../../../src/keys.ts'
import { Problem } from '../../../src/problem.ts'
import { seal, unseal } from '../../../src/seal.ts'
import type { Route } from '../../../src/service.ts'

/** Purpose of the key that wraps what actors answer to reviewers, and the place of each box. */
const QUESTION_SEAL = 'seal/audit'
const placeOfAnswer = (question: string): string => `question/${question}`

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly n: string
  readonly entry: string
  readonly actor: string
  readonly asked_at: string
  readonly answered_at: string | null
  readonly ciphertext: Buffer | null
  readonly wrapped_key: Buffer | null
}

const COLUMNS = sql`id, n, entry, actor, audit.written(asked_at) as asked_at,
  audit.written(answered_at) as answered_at, ciphertext, wrapped_key`

const present = (keys: Keys, row: Row) => {
  const { id, entry, actor, asked_at, answered_at, ciphertext, wrapped_key: wrappedKey } = row
  const answer =
    ciphertext === null || wrappedKey === null
      ? null
      : unseal(keys.derive(QUESTION_SEAL), { ciphertext, wrappedKey }, placeOfAnswer(id)).toString()
  return { id, n: Number(row.n), entry, actor, asked_at, answered_at, answer }
}

/** A reviewer sees the agency's questions; everybody else those asked of themselves. */
export const listQuestions: Route = (app, ctx) => {
  app.get(
    '/v1/audit/questions',
    {
      config: { authority: 'self.read' },
      schema: {
        summary: 'Reasons that reviewers asked for: of you, or as a reviewer of your agency',
        tags: ['audit'],
        querystring: OpeningQuery,
        response: { 200: QuestionPage },
      },
    },
    async (request) => {
      const { actor, query } = request
      const isReviewer = actor.kind === 'person' && actor.roles.includes('reviewer')
      const mine = isReviewer ? sql`true` : sql`actor = ${actor.id}`
      const before =
        query.after === undefined
          ? sql`true`
          : sql`id < ${String(placeOf(query.after, ['uuid'])[0])}::uuid`
      const rows = await ctx.db.withActor(actor, (tx) =>
        tx.execute<Row>(sql`
          select ${COLUMNS} from audit.question where agency = ${actor.agency}
             and ${mine} and ${before} order by id desc limit ${query.limit + 1}`),
      )
      const items = rows.slice(0, query.limit).map((row) => present(ctx.keys, row))
      const last = rows.length > query.limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : cursorOf([last.id]) }
    },
  )
}

export const answerQuestion: Route = (app, ctx) => {
  app.post(
    '/v1/audit/questions/:id/answer',
    {
      config: { authority: 'self.read' },
      schema: {
        summary: 'Give, once, the reason that a reviewer asked you for',
        tags: ['audit'],
        params: QuestionParams,
        body: QuestionAnswer,
        response: { 200: QuestionRead },
      },
    },
    async (request, reply) => {
      const { actor } = request
      const { id } = request.params
      const { status, body } = await once(ctx, request, async (tx) => {
        const text = Buffer.from(request.body.text)
        const sealed = seal(ctx.keys.derive(QUESTION_SEAL), text, placeOfAnswer(id))
        const [row] = await tx.execute<Row>(sql`
          update audit.question set answered_at = clock_timestamp(),
            ciphertext = ${sealed.ciphertext}, wrapped_key = ${sealed.wrappedKey}
           where id = ${id} and agency = ${actor.agency} and actor = ${actor.id}
             and answered_at is null
          returning ${COLUMNS}`)
        if (row === undefined) {
          const [known] = await tx.execute(sql`
            select 1 from audit.question
             where id = ${id} and agency = ${actor.agency} and actor = ${actor.id}`)
          throw new Problem(known === undefined ? 'not_found' : 'question_answered')
        }
        await append(tx, actor, {
          type: 'audit.reason.given.v1',
          object: row.entry,
          data: { n: Number(row.n) },
        })
        // The stored answer of this request is without the words: they lie sealed above.
        return { status: 200, body: { ...present(ctx.keys, row), answer: null } }
      })
      return reply.code(status as 200).send(body)
    },
  )
}
