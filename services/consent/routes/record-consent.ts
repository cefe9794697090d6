import { and, desc, eq } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { NewStatement, RecordedStatement } from '../../../src/contracts/consent.ts'
import type { Tx } from '../../../src/db.ts'
import { newId } from '../../../src/id.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import { Problem } from '../../../src/problem.ts'
import type { Context, Route } from '../../../src/service.ts'
import { grantsForChange, putGrant, type GrantTerms } from '../grants.ts'
import { checkGuardian } from '../guardian.ts'
import { periodOf } from '../period.ts'
import { demandRecipients } from '../recipients.ts'
import { insertStatement } from '../record.ts'
import { onRecord } from '../refusal.ts'
import {
  caseForConsent,
  readGrant,
  readStatement,
  statement,
  type GrantRow,
  type StatementRow,
} from '../tables.ts'
import { narrow, type Newer } from '../take-away.ts'

/** What only the rules of the form can say. */
const wrong = (field: string, id: string, en: string): Problem =>
  new Problem('invalid_request', { errors: [{ field, message: { id, en } }] })

const checkForm = (asked: NewStatement): void => {
  if ((asked.id === undefined) !== (asked.version === undefined)) {
    throw wrong('version', 'Sebut id dan version bersama.', 'Give id and version together.')
  }
}

/** The number of the new version. @throws Problem not_found, version_conflict */
const nextVersion = async (tx: Tx, asked: NewStatement, agency: string): Promise<number> => {
  if (asked.id === undefined) return 1
  const [latest] = await tx
    .select({ version: statement.version })
    .from(statement)
    .where(
      and(eq(statement.id, asked.id), eq(statement.case, asked.case), eq(statement.owner, agency)),
    )
    .orderBy(desc(statement.version))
    .limit(1)
  if (latest === undefined) throw new Problem('not_found')
  if (latest.version !== asked.version) {
    throw new Problem('version_conflict', { members: { version: latest.version } })
  }
  return latest.version + 1
}

type StatementTerms = Omit<GrantTerms, 'statement_digest'>

const giveGrants = async (
  tx: Tx,
  row: StatementRow,
  digests: ReadonlyMap<string, string>,
  terms: StatementTerms,
  known: readonly GrantRow[],
): Promise<GrantRow[]> => {
  const given: GrantRow[] = []
  for (const recipient of row.recipients) {
    for (const purpose of row.purposes) {
      const its = known.find((one) => one.recipient === recipient && one.purpose === purpose)
      const to = { case: row.case, owner: row.agency, recipient, purpose, known: its }
      const statement_digest = digests.get(recipient) ?? null
      given.push(await putGrant(tx, to, { ...terms, statement_digest }))
    }
  }
  return given
}

const record = async (
  ctx: Context,
  request: FastifyRequest,
  asked: NewStatement,
  tx: Tx,
): Promise<Static<typeof RecordedStatement>> => {
  const { actor } = request
  const facts = await caseForConsent(tx, asked.case, actor.agency)
  const { age_band: ageBand, isMinor, owner } = facts
  // Of a case that came from another agency she may let its owner have what was not handed on.
  if (asked.recipients.includes(owner) && !facts.cameByTransfer) {
    throw wrong('recipients', 'Sebut lembaga lain.', 'Name other agencies than your own.')
  }
  checkGuardian(ageBand, asked)
  if (asked.status !== 'refused') await demandRecipients(tx, asked.recipients)
  const period = periodOf(asked, ageBand === 'unknown', ctx.now())
  const version = await nextVersion(tx, asked, owner)
  const id = asked.id ?? newId()
  const { row, digests } = await insertStatement(ctx, tx, asked, {
    id,
    version,
    agency: owner,
    actor,
    period,
  })
  const newer: Newer = {
    isRefusal: asked.status === 'refused',
    recipients: row.recipients,
    purposes: row.purposes,
    categories: row.categories,
    replaces: asked.id ?? null,
  }
  const known = await grantsForChange(tx, asked.case, newer)
  const taken = await narrow(tx, actor, newer, known)
  const terms: StatementTerms = {
    basis: 'consent',
    legal_reference: null,
    statement: id,
    statement_version: version,
    categories: row.categories,
    onward: row.onward,
    by_guardian: isMinor,
    approved_by: null,
    period,
  }
  const grants = newer.isRefusal ? [] : await giveGrants(tx, row, digests, terms, known)
  await append(tx, actor, {
    type: 'consent.statement.recorded.v1',
    subject: asked.case,
    object: id,
    categories: row.categories,
    data: {
      version,
      status: row.status,
      digest: row.digest,
      recipients: row.recipients,
      purposes: row.purposes,
      grants: grants.map((one) => one.id),
    },
  })
  return {
    statement: readStatement(row),
    grants: grants.map((one) => readGrant(one, period.startsAt, isMinor)),
    withdrawals: taken.flatMap((one) => (one.withdrawal === null ? [] : [one.withdrawal])),
    revoked: [...new Set(taken.flatMap((one) => one.revoked))],
  }
}

export const recordConsent: Route = (app, ctx) => {
  app.post(
    '/v1/consents',
    {
      config: { authority: 'consent.record' },
      schema: {
        summary: 'Record what the survivor consented to, or refused; nothing is ever edited',
        description:
          'What the statement takes away from what permitted before is withdrawn at once.',
        tags: ['consent'],
        body: NewStatement,
        response: { 201: RecordedStatement },
      },
    },
    async (request, reply) => {
      const asked = request.body
      const attempt = { object: asked.case, categories: asked.categories, data: { verb: 'record' } }
      const { status, body } = await onRecord(attempt, async () => {
        checkForm(asked)
        return await once(ctx, request, async (tx) => ({
          status: 201,
          body: await record(ctx, request, asked, tx),
        }))
      })
      ctx.bus.wake('security_events')
      return reply.code(status as 201).send(body)
    },
  )
}
