import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id, type Basis, type Category, type Purpose } from '../../../src/contracts/codes.ts'
import { HandoffProof } from '../../../src/contracts/handoff.ts'
import {
  FINAL_STATES,
  OPENABLE_STATES,
  type ReferralState,
} from '../../../src/contracts/lifecycle.ts'
import type { Tx } from '../../../src/db.ts'
import type { SealedPart } from '../../../src/handoff/manifest.ts'
import { placeOfPermit } from '../../../src/handoff/status-list.ts'
import { statusListToken } from '../../../src/handoff/status-token.ts'
import { append } from '../../../src/journal.ts'
import { signHandoff, type PermitFacts } from '../../../src/permits.ts'
import { Problem } from '../../../src/problem.ts'
import { authorize, type Attempt } from '../../../src/request.ts'
import type { Route } from '../../../src/service.ts'

/** What `referrals.proof_for` tells; `answer` is null for a draft. */
interface ProofRow extends Record<string, unknown> {
  readonly answer: { actor: string; entry: string; parts: readonly SealedPart[] | null } | null
  readonly state: ReferralState
  readonly number: string
  readonly categories: readonly Category[]
  readonly case_id: string
  readonly sender: string
  readonly recipient: string
  readonly purpose: Purpose
  readonly basis: Basis
  /** Null when nothing permits it any more; then the rest mean nothing. */
  readonly grant_categories: readonly Category[] | null
  readonly ends_at: string
  readonly onward: PermitFacts['onward']
  readonly statement: string | null
  readonly statement_version: number
  readonly statement_digest: string
  readonly statement_jws: string | null
  /** Nothing permits it for the key alone that signed the consent. */
  readonly is_distrusted: boolean
}

const proofOf = async (tx: Tx, id: string, agency: string): Promise<ProofRow | undefined> => {
  const [row] = await tx.execute<ProofRow>(sql`select * from referrals.proof_for(${id}, ${agency})`)
  return row
}

/** Whether this side can be given the proof of a hand-off in this state: its problem, or null. */
const hindranceOf = (row: ProofRow, agency: string): string | null => {
  if (row.state !== 'revoked' && row.is_distrusted) return 'statement_distrusted'
  if (row.state === 'revoked' || row.grant_categories === null) return 'consent_ended'
  if (row.answer === null || FINAL_STATES.includes(row.state)) return 'version_conflict'
  const mayRead = agency === row.sender || OPENABLE_STATES.includes(row.state)
  return mayRead ? null : 'not_yet_accepted'
}

const factsOf = (id: string, row: ProofRow, issuedAt: Date): PermitFacts => {
  const may = row.grant_categories ?? []
  return {
    referral: id,
    case: row.case_id,
    sender: row.sender,
    recipient: row.recipient,
    actor: row.answer?.actor ?? '',
    purpose: row.purpose,
    parts: (row.answer?.parts ?? []).filter(
      ({ category }) => row.categories.includes(category) && may.includes(category),
    ),
    basis: row.basis,
    onward: row.onward,
    endsAt: row.ends_at,
    statement:
      row.statement === null
        ? null
        : { id: row.statement, version: row.statement_version, digest: row.statement_digest },
    entry: row.answer?.entry ?? '',
    number: Number(row.number),
    issuedAt,
  }
}

export const getProof: Route = (app, ctx) => {
  app.get(
    '/v1/referrals/:id/proof',
    {
      config: { authority: 'referral.read' },
      schema: {
        summary:
          'A fresh permit with all that is needed to check it offline; the giving is recorded',
        description:
          'To the sender while the referral is under way, to the recipient once it has accepted.',
        tags: ['referrals'],
        params: Type.Object({ id: Id }, { additionalProperties: false }),
        response: { 200: HandoffProof },
      },
    },
    async (request) => {
      const { id } = request.params
      const { actor } = request
      const attempt: Attempt = { object: id, data: { verb: 'prove' } }
      const refuse = (code: string, more: object = {}) =>
        new Problem(code, { ...more, refused: { ...attempt, outcome: 'refused', reason: code } })
      const given = await ctx.db.withActor(actor, async (tx) => {
        const row = await proofOf(tx, id, actor.agency ?? '')
        if (row === undefined) throw refuse('not_found')
        const { sender, recipient } = row
        const state = row.answer === null ? 'draft' : row.state
        authorize(request, 'referral.read', { kind: 'referral', sender, recipient, state }, attempt)
        const hindrance = hindranceOf(row, actor.agency ?? '')
        if (hindrance !== null) throw refuse(hindrance, { members: { state: row.state } })
        const facts = factsOf(id, row, ctx.now())
        const { list } = placeOfPermit(facts.number)
        const status = await statusListToken(ctx, tx, list)
        if (status === null) throw new Error('a permit is in no status list')
        await append(tx, actor, {
          type: 'referrals.permit.issued.v1',
          concerned: [sender, recipient],
          subject: row.case_id,
          object: id,
          purpose: row.purpose,
          categories: facts.parts.map((part) => part.category),
          data: { number: facts.number },
        })
        return { facts, status, statement: row.statement_jws }
      })
      ctx.bus.wake('ledger')
      const { permit, manifest } = await signHandoff(ctx.keys, ctx.config.publicUrl, given.facts)
      return { permit, manifest, statement: given.statement, status: given.status }
    },
  )
}
