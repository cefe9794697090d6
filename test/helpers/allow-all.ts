// What src/decide.ts exports, with a decision that always allows.
import type { Decision } from '../../src/decide.ts'

export { ACTIONS } from '../../src/decide.ts'

export const decide = (): Decision => ({ allow: true })
