import { auditVerify } from './audit-verify.ts'
import { backup } from './backup.ts'
import type { Command } from './command.ts'
import { doctor } from './doctor.ts'
import { keysRotate } from './keys-rotate.ts'
import { permitVerify } from './permit-verify.ts'
import { restore } from './restore.ts'
import { witnessCommand } from './witness.ts'

/** Every command of `npx titian`, in the order of its list. */
export const COMMANDS: readonly Command[] = [
  doctor,
  backup,
  restore,
  auditVerify,
  witnessCommand,
  permitVerify,
  keysRotate,
]
