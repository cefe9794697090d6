import type { Service } from '../../src/service.ts'
import { PROBLEMS } from './problems.ts'
import { addAgency } from './routes/add-agency.ts'
import { addService } from './routes/add-service.ts'
import { changeAgency } from './routes/change-agency.ts'
import { changeContacts } from './routes/change-contacts.ts'
import { changeHolidays } from './routes/change-holidays.ts'
import { changeHours } from './routes/change-hours.ts'
import { changeService } from './routes/change-service.ts'
import { findServicesRoute } from './routes/find-services.ts'
import { getAgency } from './routes/get-agency.ts'
import { getService } from './routes/get-service.ts'
import { listAgencies } from './routes/list-agencies.ts'

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
    getService,
    addService,
    changeService,
  ],
  consumers: [],
  jobs: [],
  problems: PROBLEMS,
  refused: 'directory.change.refused.v1',
}
