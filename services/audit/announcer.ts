import {
  STREAM_AGE_MS,
  type Bus,
  type HubMessage,
  type StreamMessage,
  type StreamName,
  type StreamTail,
} from '../../src/bus.ts'
import type { FeedItem } from '../../src/contracts/events.ts'
import type { Db } from '../../src/db.ts'
import { BATCH_LENGTH } from './sequencer.ts'

interface Announced extends Omit<HubMessage, 'position'> {
  /** Position in the ledger. */
  readonly place: string
  readonly concerned: readonly string[]
  readonly numbers: readonly string[]
}

/** What is known of a stream: where it ends, and from which position it still has to be given. */
interface End {
  /** Position of the last message; null when there is none. */
  readonly last: number | null
  readonly from: number
}
type Ends = Readonly<Record<StreamName, End>>

export interface Announcer {
  /**
   * Publishes at most one batch of what is placed. Tells whether there may be more. `isDoubted`
   * MUST be true now and then: only then is it seen that a stream was lost while all was quiet.
   */
  announce(isDoubted: boolean): Promise<boolean>
}

const hubMessage = (row: Announced): StreamMessage => {
  const { place, entry, type, at, outcome, agency, subject, object, purpose, reason, data } = row
  const body: HubMessage = {
    position: Number(place),
    entry,
    type,
    at,
    outcome,
    agency,
    subject,
    object,
    purpose,
    reason,
    data,
  }
  return { stream: 'HUB', subject: `hub.${type}`, id: entry, position: body.position, body }
}

const agencyMessages = (row: Announced): StreamMessage[] => {
  const { place, entry, type, at, outcome, agency, object, data } = row
  const event = type.slice(type.indexOf('.') + 1)
  return row.concerned.map((concerned, i) => {
    const n = Number(row.numbers[i])
    const body: FeedItem = { n, type, id: entry, at, outcome, agency, object, data }
    return {
      stream: 'AGENCY',
      subject: `agency.${concerned}.${event}`,
      id: `${entry}:${concerned}`,
      position: Number(place),
      body,
    }
  })
}

const endAfter = (
  end: End,
  stream: StreamName,
  rows: readonly Announced[],
  sent: readonly StreamMessage[],
): End => ({
  last: sent.findLast((message) => message.stream === stream)?.position ?? end.last,
  from: Math.max(end.from, Number(rows.at(-1)?.place ?? -1) + 1),
})

/**
 * Publishes placed entries to the streams HUB and AGENCY, in order and from where the streams end,
 * so that nothing is missing after a crash or after a stream was lost. Every message comes from the
 * ledger's tables: what is not committed there cannot be announced.
 */
export const createAnnouncer = (db: Db, bus: Bus): Announcer => {
  let known: Ends | null = null

  const isStill = async (ends: Ends): Promise<boolean> =>
    (await bus.tail('HUB')).position === ends.HUB.last &&
    (await bus.tail('AGENCY')).position === ends.AGENCY.last

  /** A stream's last position is given again: of its messages, some may be missing. */
  const findEnds = async (): Promise<Ends> => {
    const [hub, agency] = [await bus.tail('HUB'), await bus.tail('AGENCY')]
    const [row] = await db.call<{ old_size: string; size: string }>('audit.extent', [
      { age_ms: STREAM_AGE_MS },
    ])
    const end = ({ position }: StreamTail): End => ({
      last: position,
      from: Math.min(position ?? Number(row?.old_size ?? 0), Number(row?.size ?? 0)),
    })
    return { HUB: end(hub), AGENCY: end(agency) }
  }

  return {
    announce: async (isDoubted) => {
      const isTrusted = known !== null && (!isDoubted || (await isStill(known)))
      const ends = known !== null && isTrusted ? known : await findEnds()
      known = null
      const from = Math.min(ends.HUB.from, ends.AGENCY.from)
      const rows = await db.call<Announced>('audit.announced', [{ from, limit: BATCH_LENGTH }])
      const messages = rows
        .flatMap((row) => [hubMessage(row), ...agencyMessages(row)])
        .filter(({ stream, position }) => position >= ends[stream].from)
      if (messages.length > 0) await bus.publish(messages)
      known = {
        HUB: endAfter(ends.HUB, 'HUB', rows, messages),
        AGENCY: endAfter(ends.AGENCY, 'AGENCY', rows, messages),
      }
      return rows.length === BATCH_LENGTH
    },
  }
}
