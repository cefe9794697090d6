import { auditVerify } from './audit-verify.ts'
import type { Command } from './command.ts'
import { doctor } from './doctor.ts'
import { keysRotate } from './keys-rotate.ts'
import { permitVerify } from './permit-verify.ts'
import { witnessCommand } from './witness.ts'

/** Every command of `npx titian`, in the order of its list. */
export const COMMANDS: readonly Command[] = [
  doctor,
  auditVerify,
  witnessCommand,
  permitVerify,
  keysRotate,
]
