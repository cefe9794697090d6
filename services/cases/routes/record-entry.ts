import { Type } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import {
  ENTRY_BODIES,
  ENTRY_KINDS,
  ENTRY_PATHS,
  EntryRead,
  type EntryBody,
  type EntryKind,
} from '../../../src/contracts/pathway.ts'
import { once } from '../../../src/idempotency.ts'
import type { App, Context, Route } from '../../../src/service.ts'
import { writeEntry } from '../entries.ts'
import { newEntry } from '../new-entry.ts'
import { ownCase } from '../own-case.ts'
import { withGaps } from '../watch-gaps.ts'

const SUMMARIES: Readonly<Record<EntryKind, string>> = {
  assessment: 'Record an assessment: findings by category, and what each stage is found to be',
  goal: 'Add a goal to the intervention plan, with who sees to it and by when',
  conference: 'Record a case conference: who took part, notes, decisions',
  safety_plan: 'Write a new version of the safety plan',
  contact_attempt: 'Record an attempt to reach the survivor safely, and whether it did',
  visit: 'Record a monitoring visit; it counts as the checks due by then and a week ahead',
}

const addRoute = (app: App, ctx: Context, kind: EntryKind): void => {
  app.post(
    `/v1/cases/:id/${ENTRY_PATHS[kind]}`,
    {
      config: { authority: 'case.write' },
      schema: {
        summary: SUMMARIES[kind],
        tags: ['pathway'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        body: ENTRY_BODIES[kind],
        response: { 201: EntryRead },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const now = ctx.now()
      const made = newEntry(kind, request.body as EntryBody<typeof kind>, now)
      const { status, body } = await once(ctx, request, async (tx) => {
        await ownCase(tx, request, 'case.write', id)
        const written = await withGaps(tx, id, now, () =>
          writeEntry(tx, ctx, request.actor, id, kind, made),
        )
        return { status: 201, body: written }
      })
      return reply.code(status as 201).send(body)
    },
  )
}

/** One route for each kind of entry: assessments, goals, conferences, and so on. */
export const recordEntry: Route = (app, ctx) => {
  for (const kind of ENTRY_KINDS) addRoute(app, ctx, kind)
}
