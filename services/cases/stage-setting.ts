import type { StageSetting } from '../../src/contracts/case.ts'
import type { Stage } from '../../src/contracts/codes.ts'
import type { FieldError } from '../../src/problem.ts'
import type { stage } from './tables.ts'

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

/** The row that a setting makes. */
export const stageRow = (
  caseId: string,
  name: Stage,
  setting: StageSetting,
  actor: string,
): typeof stage.$inferInsert => ({
  case_id: caseId,
  stage: name,
  state: setting.state,
  reason: setting.reason ?? null,
  ask_again_on: setting.ask_again_on ?? null,
  set_by: actor,
  changed_at: new Date(),
})
