import type { Service } from '../../src/service.ts'
import { hearAnswers } from './consumers/hear-answers.ts'
import { holdExpiry } from './hold-expiry.ts'
import { PROBLEMS } from './problems.ts'
import { addAgency } from './routes/add-agency.ts'
import { addService } from './routes/add-service.ts'
import { capacityHistory, capacityHistoryCsv } from './routes/capacity-history.ts'
import { changeAgency } from './routes/change-agency.ts'
import { changeContacts } from './routes/change-contacts.ts'
import { changeHolidays } from './routes/change-holidays.ts'
import { changeHours } from './routes/change-hours.ts'
import { changeService } from './routes/change-service.ts'
import { countNow } from './routes/count-now.ts'
import { findMatchesRoute } from './routes/find-matches.ts'
import { findServicesRoute } from './routes/find-services.ts'
import { getAgency } from './routes/get-agency.ts'
import { getCapacity } from './routes/get-capacity.ts'
import { getService } from './routes/get-service.ts'
import { hsdsAbout } from './routes/hsds-about.ts'
import { hsdsCollections } from './routes/hsds-collections.ts'
import { applyImport, previewImport, readImport } from './routes/import-hsds.ts'
import { listAgencies } from './routes/list-agencies.ts'
import { listHolds } from './routes/list-holds.ts'
import { myCapacity } from './routes/my-capacity.ts'
import { setCapacity } from './routes/set-capacity.ts'

export const directory: Service = {
  name: 'directory',
  routes: [
    listAgencies,
    getAgency,
    addAgency,
    changeAgency,
    changeHours,
    changeHolidays,
    changeContacts,
    findServicesRoute,
    findMatchesRoute,
    getService,
    addService,
    changeService,
    getCapacity,
    setCapacity,
    countNow,
    myCapacity,
    listHolds,
    capacityHistory,
    capacityHistoryCsv,
    hsdsAbout,
    hsdsCollections,
    previewImport,
    readImport,
    applyImport,
  ],
  consumers: [hearAnswers],
  jobs: [],
  timers: [holdExpiry],
  problems: PROBLEMS,
  refused: 'directory.change.refused.v1',
}
