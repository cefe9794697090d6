import { sql } from 'drizzle-orm'
import type { Timer } from '../../src/service.ts'

/**
 * Puts on the record, for both agencies, that a held place is free again; it was free from that
 * instant on. The key is `<referral>.<epoch>`, written by directory.hold_places.
 */
export const holdExpiry: Timer = {
  name: 'directory.hold-expiry',
  handle: async (tx, { key, due }) => {
    const [referral] = key.split('.')
    await tx.execute(sql`select directory.expire_hold(${referral}, ${due.toISOString()})`)
  },
}
