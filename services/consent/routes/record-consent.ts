import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { NewStatement, RecordedStatement } from '../../../src/contracts/consent.ts'
import type { Tx } from '../../../src/db.ts'
import { once } from '../../../src/idempotency.ts'
import { append } from '../../../src/journal.ts'
import type { Context, Route } from '../../../src/service.ts'
import { grantsForChange, putGrant, type GrantTerms } from '../grants.ts'
import { hubSigner, demandNewest, ownSigner, signedAt } from '../own-signature.ts'
import { insertStatement } from '../record.ts'
import { onRecord } from '../refusal.ts'
import { prepare } from '../statement-form.ts'
import { readGrant, readStatement, type GrantRow, type StatementRow } from '../tables.ts'
import { narrow, type Newer } from '../take-away.ts'

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
  const now = ctx.now()
  const { signed } = asked
  const at = signed === undefined ? now : signedAt(signed, now)
  const prepared = await prepare(ctx, tx, actor, asked, at, signed !== undefined)
  const { id, version, agency, period, isMinor } = prepared
  const signer =
    signed === undefined
      ? hubSigner(ctx.keys, agency)
      : await ownSigner(tx, agency, asked, signed, at)
  const facts = { ...prepared, actor }
  const { row, digests } = await insertStatement(ctx, tx, asked, facts, signer, now)
  if (signed !== undefined) await demandNewest(tx, { id, version, case: asked.case }, at)
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
      custody: row.custody,
      recipients: row.recipients,
      purposes: row.purposes,
      grants: grants.map((one) => one.id),
    },
  })
  return {
    statement: readStatement(row),
    grants: grants.map((one) => readGrant(one, now, isMinor)),
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
          'What the statement takes away from what permitted before is withdrawn at once. With `signed` it is kept as the agency signed it; else the hub signs it for the agency.',
        tags: ['consent'],
        body: NewStatement,
        response: { 201: RecordedStatement },
      },
    },
    async (request, reply) => {
      const asked = request.body
      const attempt = { object: asked.case, categories: asked.categories, data: { verb: 'record' } }
      const { status, body } = await onRecord(attempt, async () => {
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
