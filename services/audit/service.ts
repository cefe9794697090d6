import type { Service } from '../../src/service.ts'
import { erasing } from './erasing.ts'
import { ledger } from './ledger.ts'
import { witnessing } from './witnessing.ts'
import { PROBLEMS } from './problems.ts'
import { answerQuestion, listQuestions } from './routes/answer-question.ts'
import { eraseSubject } from './routes/erase-subject.ts'
import { getBundle } from './routes/get-bundle.ts'
import { getCheckpoint } from './routes/get-checkpoint.ts'
import { getKey } from './routes/get-key.ts'
import { getEntryTile, getTile } from './routes/get-tile.ts'
import { getWitnesses } from './routes/get-witnesses.ts'
import { listEntries } from './routes/list-entries.ts'
import { listCaseOpenings, listOwnOpenings } from './routes/list-openings.ts'
import { listUnusual } from './routes/list-unusual.ts'
import { markEntry } from './routes/mark-entry.ts'
import { proveConsistencyRoute } from './routes/prove-consistency.ts'
import { proveEntry } from './routes/prove-entry.ts'
import { proveInclusionRoute } from './routes/prove-inclusion.ts'
import { reportToSurvivor } from './routes/report-to-survivor.ts'
import { listRules, tuneRule } from './routes/tune-rule.ts'

export const audit: Service = {
  name: 'audit',
  routes: [
    listEntries,
    getBundle,
    getCheckpoint,
    getTile,
    getEntryTile,
    proveEntry,
    proveInclusionRoute,
    proveConsistencyRoute,
    listCaseOpenings,
    listOwnOpenings,
    listUnusual,
    listRules,
    tuneRule,
    markEntry,
    listQuestions,
    answerQuestion,
    reportToSurvivor,
    eraseSubject,
    getWitnesses,
    getKey,
  ],
  consumers: [],
  jobs: [ledger, witnessing, erasing],
  problems: PROBLEMS,
  refused: 'audit.trail.refused.v1',
}
