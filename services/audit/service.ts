import type { Service } from '../../src/service.ts'
import { ledger } from './ledger.ts'
import { PROBLEMS } from './problems.ts'
import { getBundle } from './routes/get-bundle.ts'
import { getCheckpoint } from './routes/get-checkpoint.ts'
import { getKey } from './routes/get-key.ts'
import { listEntries } from './routes/list-entries.ts'
import { proveConsistencyRoute } from './routes/prove-consistency.ts'
import { proveInclusionRoute } from './routes/prove-inclusion.ts'

export const audit: Service = {
  name: 'audit',
  routes: [
    listEntries,
    getBundle,
    getCheckpoint,
    proveInclusionRoute,
    proveConsistencyRoute,
    getKey,
  ],
  consumers: [],
  jobs: [ledger],
  problems: PROBLEMS,
  refused: 'audit.trail.refused.v1',
}
