import { auditVerify } from './audit-verify.ts'
import type { Command } from './command.ts'

/** Every command of `npx titian`, in the order of its list. */
export const COMMANDS: readonly Command[] = [auditVerify]
