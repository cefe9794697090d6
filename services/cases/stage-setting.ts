import { and, eq, inArray, sql, type SQL } from 'drizzle-orm'
import type { StageSetting } from '../../src/contracts/case.ts'
import type { Stage } from '../../src/contracts/codes.ts'
import type { Tx } from '../../src/db.ts'
import type { FieldError } from '../../src/problem.ts'
import { stage } from './tables.ts'
import { refusal } from '../../src/request.ts'

const NEEDS_REASON = {
  id: 'Sebutkan alasan bila tahap tidak diperlukan; hanya saat itu.',
  en: 'Give a reason when a stage is not needed, and only then.',
}
const NEEDS_DAY = {
  id: 'Sebutkan hari (sesudah hari ini) untuk bertanya lagi bila penyintas menolak; hanya saat itu.',
  en: 'Name a day after today to ask again when the survivor declined, and only then.',
}

/** What a schema cannot say about a stage's setting. `at` goes before each field's name. */
export const settingErrors = (setting: StageSetting, now: Date, at = ''): FieldError[] => {
  const { state, reason, ask_again_on: day } = setting
  const errors: FieldError[] = []
  if ((state === 'not_needed') !== (reason !== undefined)) {
    errors.push({ field: `${at}reason`, message: NEEDS_REASON })
  }
  const isLater = day !== undefined && day > now.toISOString().slice(0, 10)
  if (state === 'survivor_declined' ? !isLater : day !== undefined) {
    errors.push({ field: `${at}ask_again_on`, message: NEEDS_DAY })
  }
  return errors
}

/** The same of a list that names each stage once, under `stages`. */
export const stageListErrors = (
  stages: readonly (StageSetting & { readonly stage: Stage })[],
  now: Date,
): FieldError[] =>
  stages.flatMap((each, index) => [
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

/** The row that a setting makes. */
export const stageRow = (
  caseId: string,
  name: Stage,
  setting: StageSetting,
  actor: string,
  now: Date,
): typeof stage.$inferInsert => ({
  case_id: caseId,
  stage: name,
  state: setting.state,
  reason: setting.reason ?? null,
  ask_again_on: setting.ask_again_on ?? null,
  set_by: actor,
  since: now,
  changed_at: now,
})

/** Sets stages; one that has the state already keeps since when. The caller MUST hold the case. */
export const putStages = async (
  tx: Tx,
  rows: readonly (typeof stage.$inferInsert)[],
): Promise<(typeof stage.$inferSelect)[]> => {
  const excluded = (column: string): SQL => sql.raw(`excluded.${column}`)
  return await tx
    .insert(stage)
    .values([...rows])
    .onConflictDoUpdate({
      target: [stage.case_id, stage.stage],
      set: {
        state: excluded('state'),
        reason: excluded('reason'),
        ask_again_on: excluded('ask_again_on'),
        set_by: excluded('set_by'),
        since: sql`case when ${stage.state} = excluded.state then ${stage.since} else excluded.since end`,
        changed_at: excluded('changed_at'),
      },
    })
    .returning()
}

/** @throws Problem stage_in_hand when a referral for one of these is under way */
export const refuseInHand = async (
  tx: Tx,
  caseId: string,
  names: readonly Stage[],
): Promise<void> => {
  if (names.length === 0) return
  const current = await tx
    .select()
    .from(stage)
    .where(and(eq(stage.case_id, caseId), inArray(stage.stage, [...names])))
  const inHand = current.find((row) => row.state === 'referred' || row.state === 'in_service')
  if (inHand === undefined) return
  const attempt = { subject: caseId, object: caseId, purpose: inHand.stage }
  const members = { stage: inHand.stage, state: inHand.state }
  throw refusal('stage_in_hand', attempt, { members })
}
