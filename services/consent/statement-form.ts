import { and, desc, eq } from 'drizzle-orm'
import type { Actor } from '../../src/actor.ts'
import type { NewStatement } from '../../src/contracts/consent.ts'
import type { Tx } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { Problem } from '../../src/problem.ts'
import type { Context } from '../../src/service.ts'
import { checkGuardian } from './guardian.ts'
import { idForSigning } from './own-signature.ts'
import { periodOf, type Period } from './period.ts'
import { demandRecipients } from './recipients.ts'
import { caseForConsent, statement } from './tables.ts'

/** What only the rules of the form can say. */
const wrong = (field: string, id: string, en: string): Problem =>
  new Problem('invalid_request', { errors: [{ field, message: { id, en } }] })

/** @throws Problem invalid_request */
export const checkForm = (asked: NewStatement): void => {
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

/** A statement that may be recorded: by whom, which one, from when until when. */
export interface Prepared {
  readonly id: string
  readonly version: number
  readonly agency: string
  readonly period: Period
  readonly isMinor: boolean
}

/**
 * What a statement becomes when it is made at `at`, with the case held until the transaction ends.
 * `isForSigning`: its agency signs it, so that its id follows from what it says.
 * @throws Problem of whatever forbids it
 */
export const prepare = async (
  ctx: Pick<Context, 'keys'>,
  tx: Tx,
  actor: Actor,
  asked: NewStatement,
  at: Date,
  isForSigning: boolean,
): Promise<Prepared> => {
  checkForm(asked)
  const facts = await caseForConsent(tx, asked.case, actor.agency)
  const { age_band: ageBand, isMinor, owner } = facts
  // Of a case that came from another agency she may let its owner have what was not handed on.
  if (asked.recipients.includes(owner) && !facts.cameByTransfer) {
    throw wrong('recipients', 'Sebut lembaga lain.', 'Name other agencies than your own.')
  }
  checkGuardian(ageBand, asked)
  if (asked.status !== 'refused') await demandRecipients(tx, asked.recipients)
  const period = periodOf(asked, ageBand === 'unknown', at)
  const version = await nextVersion(tx, asked, owner)
  const id = asked.id ?? (isForSigning ? idForSigning(ctx.keys, asked, actor, at) : newId())
  return { id, version, agency: owner, period, isMinor }
}
