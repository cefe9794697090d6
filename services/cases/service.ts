import type { Service } from '../../src/service.ts'
import { followReferrals } from './consumers/follow-referrals.ts'
import { problems } from './problems.ts'
import { allowAgency } from './routes/allow-agency.ts'
import { blockAgency } from './routes/block-agency.ts'
import { cancelImport } from './routes/cancel-import.ts'
import { changeCase } from './routes/change-case.ts'
import { changeGapRule } from './routes/change-gap-rule.ts'
import { changeGoal } from './routes/change-goal.ts'
import { changeStatus } from './routes/change-status.ts'
import { confirmImport } from './routes/confirm-import.ts'
import { exportCase, exportCases } from './routes/export-cases.ts'
import { getCase } from './routes/get-case.ts'
import { getPathway } from './routes/get-pathway.ts'
import { listCases } from './routes/list-cases.ts'
import { listEntries } from './routes/list-entries.ts'
import { listImports } from './routes/list-imports.ts'
import { listGapRules } from './routes/list-gap-rules.ts'
import { listGaps } from './routes/list-gaps.ts'
import { openCase } from './routes/open-case.ts'
import { openData } from './routes/open-data.ts'
import { openEntry } from './routes/open-entry.ts'
import { previewImport } from './routes/preview-import.ts'
import { readImport } from './routes/read-import.ts'
import { recordEntry } from './routes/record-entry.ts'
import { recordOwnWish } from './routes/record-own-wish.ts'
import { recordRisk } from './routes/record-risk.ts'
import { setStage } from './routes/set-stage.ts'
import { takeCharge } from './routes/take-charge.ts'
import { viewNetwork } from './routes/view-network.ts'
import { writeData } from './routes/write-data.ts'
import { expireImports, landImports } from './timers/land-imports.ts'
import { lookForGaps } from './timers/look-for-gaps.ts'

export const cases: Service = {
  name: 'cases',
  routes: [
    openCase,
    listCases,
    getCase,
    changeCase,
    writeData,
    openData,
    setStage,
    recordOwnWish,
    recordRisk,
    blockAgency,
    allowAgency,
    getPathway,
    recordEntry,
    listEntries,
    openEntry,
    changeGoal,
    takeCharge,
    changeStatus,
    listGaps,
    listGapRules,
    changeGapRule,
    viewNetwork,
    previewImport,
    listImports,
    readImport,
    confirmImport,
    cancelImport,
    exportCase,
    exportCases,
  ],
  consumers: [followReferrals],
  jobs: [],
  timers: [lookForGaps, landImports, expireImports],
  problems,
  refused: 'cases.case.refused.v1',
}
