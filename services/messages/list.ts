import { sql } from 'drizzle-orm'
import { Type } from 'typebox'
import { Id } from '../../src/contracts/codes.ts'
import type { MessagePage, MessageRead } from '../../src/contracts/message.ts'
import type { Tx } from '../../src/db.ts'

/** How a page of messages is asked for. */
export const PAGE = {
  after: Type.Optional(Id),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
}

interface Asked {
  readonly referral: string | null
  readonly case: string | null
  readonly with: string | null
  readonly agency: string
  readonly after: string | null
  readonly limit: number
}

const instant = (text: string): string => new Date(text).toISOString()

/** One page, newest first; `next` is the id after which the older ones come. */
export const listOf = async (tx: Tx, asked: Asked): Promise<MessagePage> => {
  const { referral, case: about, with: other, agency, after, limit } = asked
  const rows = await tx.execute<MessageRead & Record<string, unknown>>(
    sql`select * from messages.list_of(${referral}::uuid, ${about}::uuid, ${other}::uuid,
      ${agency}::uuid, ${after}::uuid, ${limit + 1}::int)`,
  )
  const page = rows.slice(0, limit)
  return {
    items: page.map((row) => ({
      ...row,
      at: instant(row.at),
      retracted_at: row.retracted_at === null ? null : instant(row.retracted_at),
      read: row.read.map((one) => ({ ...one, at: instant(one.at) })),
    })),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  }
}
