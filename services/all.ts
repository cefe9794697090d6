import { audit } from './audit/service.ts'
import { cases } from './cases/service.ts'
import { consent } from './consent/service.ts'
import { directory } from './directory/service.ts'
import { identity } from './identity/service.ts'
import { messages } from './messages/service.ts'
import { notifications } from './notifications/service.ts'
import { portal } from './portal/service.ts'
import { referrals } from './referrals/service.ts'

/** Every service of the hub, in one process. */
export const all = [
  identity,
  directory,
  cases,
  consent,
  referrals,
  messages,
  notifications,
  audit,
  portal,
] as const
