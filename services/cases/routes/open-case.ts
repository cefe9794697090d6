import type { Actor } from '../../../src/actor.ts'
import { CaseRead, NewCase } from '../../../src/contracts/case.ts'
import type { Tx } from '../../../src/db.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem, type FieldError } from '../../../src/problem.ts'
import { authorize } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'
import { newReference } from '../reference.ts'
import { settingErrors, stageRow } from '../stage-setting.ts'
import { caseRecord, readCase, stage, type CaseRow } from '../tables.ts'

const TRIES = 5

const checkStages = (stages: NonNullable<NewCase['stages']>): void => {
  const now = new Date()
  const errors: FieldError[] = stages.flatMap((each, index) => [
    ...settingErrors(each, now, `stages.${index}.`),
    ...(stages.findIndex((other) => other.stage === each.stage) === index
      ? []
      : [
          {
            field: `stages.${index}.stage`,
            message: { id: 'Sebut setiap tahap sekali.', en: 'Name each stage once.' },
          },
        ]),
  ])
  if (errors.length > 0) throw new Problem('invalid_request', { errors })
}

const insertCase = async (tx: Tx, body: NewCase, owner: string, actor: Actor): Promise<CaseRow> => {
  const { age_band, district = null, languages = [], needs = [] } = body
  const id = newId()
  for (let tried = 0; tried < TRIES; tried += 1) {
    const reference = newReference()
    const [row] = await tx
      .insert(caseRecord)
      .values({ id, reference, owner, age_band, district, languages, needs, opened_by: actor.id })
      .onConflictDoNothing({ target: caseRecord.reference })
      .returning()
    if (row !== undefined) return row
  }
  throw new Error('no free reference was found')
}

export const openCase: Route = (app, ctx) => {
  app.post(
    '/v1/cases',
    {
      config: { authority: 'case.open' },
      schema: {
        summary: 'Open a pseudonymous case',
        tags: ['cases'],
        body: NewCase,
        response: { 201: CaseRead },
      },
    },
    async (request, reply) => {
      const { actor, body: asked } = request
      const owner = actor.agency
      authorize(request, 'case.open', { kind: 'owned', owner })
      const stages = asked.stages ?? []
      checkStages(stages)
      const { status, body } = await once(ctx, request, async (tx) => {
        if (owner === null) throw new Problem('not_found')
        const row = await insertCase(tx, asked, owner, actor)
        if (stages.length > 0) {
          const rows = stages.map((each) => stageRow(row.id, each.stage, each, actor.id))
          await tx.insert(stage).values(rows)
        }
        await append(tx, actor, {
          type: 'cases.case.opened.v1',
          subject: row.id,
          object: row.id,
          data: {
            version: row.version,
            needed: stages.filter((each) => each.state === 'needed').map((each) => each.stage),
          },
        })
        return { status: 201, body: await readCase(tx, row) }
      })
      return reply.code(status as 201).send(body)
    },
  )
}
