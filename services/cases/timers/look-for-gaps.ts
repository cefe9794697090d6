import type { Timer } from '../../../src/service.ts'
import { lookAtDueCases } from '../watch-gaps.ts'

/** Opens the gaps that nothing but time brings. */
export const lookForGaps: Timer = {
  name: 'cases.gaps',
  everyMs: 60_000,
  handle: async (tx, _firing, ctx) => {
    await lookAtDueCases(tx, ctx.now())
  },
}
