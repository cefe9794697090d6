import type { Category } from '../../../src/contracts/codes.ts'
import { homesOf } from '../../../src/contracts/htcds.ts'

const PLAN_HOMES: Readonly<Record<string, Category>> = {
  Health: 'health_physical',
  Legal: 'legal',
  SocialCare: 'family',
}

/** The category of a field; one of a plan goes by the plan's type. Undefined: the hub keeps it itself. */
export const homeOf = (field: string, planType: unknown): Category | undefined => {
  const homes = homesOf(field)
  if (homes.length <= 1) return homes[0]
  return PLAN_HOMES[String(planType)] ?? 'economic'
}
