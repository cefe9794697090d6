import type { Service } from '../../src/service.ts'
import { followReferrals } from './consumers/follow-referrals.ts'
import { problems } from './problems.ts'
import { allowAgency } from './routes/allow-agency.ts'
import { blockAgency } from './routes/block-agency.ts'
import { changeCase } from './routes/change-case.ts'
import { getCase } from './routes/get-case.ts'
import { listCases } from './routes/list-cases.ts'
import { openCase } from './routes/open-case.ts'
import { openData } from './routes/open-data.ts'
import { recordOwnWish } from './routes/record-own-wish.ts'
import { recordRisk } from './routes/record-risk.ts'
import { setStage } from './routes/set-stage.ts'
import { writeData } from './routes/write-data.ts'

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
  ],
  consumers: [followReferrals],
  jobs: [],
  problems,
  refused: 'cases.case.refused.v1',
}
