import type { MessagePage, MessageRead } from '../../src/contracts/message.ts'
import { decide } from '../../src/decide.ts'
import { Problem } from '../../src/problem.ts'
import type { Conversation } from './conversation.ts'
import { actorOf } from './steps.ts'
import type { SignedVisit } from './visit.ts'

/** A message in words, all but what it says. */
export interface MessageSight {
  readonly message: MessageRead
  readonly isOurs: boolean
  readonly isMine: boolean
  readonly agency: string
  readonly at: string
  readonly retractedAt: string | null
  /** When the reader of the page read it; null: not yet, or it is our own agency's. */
  readonly readByMe: string | null
  /** Readings on the other side of ours, or by colleagues of theirs. */
  readonly readings: readonly { readonly who: string; readonly at: string }[]
  readonly mayRetract: boolean
  readonly mayRead: boolean
}

export interface Talk {
  readonly messages: readonly MessageSight[]
  readonly next: string | null
}

const LIMIT = 50

const sightOf = async (
  visit: SignedVisit,
  { isOpen }: Conversation,
  message: MessageRead,
): Promise<MessageSight> => {
  const { me, t, when } = visit
  const isOurs = message.agency === me.agency
  const mine = message.read.find(({ person }) => person === me.id)
  const others = message.read.filter((reading) => reading !== mine)
  const nameOf = async (agency: string): Promise<string> =>
    agency === me.agency ? t('messages.colleague') : await visit.names.agency(agency)
  return {
    message,
    isOurs,
    isMine: message.author === me.id,
    agency: isOurs ? t('notes.ours') : await visit.names.agency(message.agency),
    at: when.near(message.at),
    retractedAt: message.retracted_at === null ? null : when.near(message.retracted_at),
    readByMe: mine === undefined ? null : when.near(mine.at),
    readings: await Promise.all(
      others.map(async ({ agency, at }) => ({ who: await nameOf(agency), at: when.near(at) })),
    ),
    mayRetract:
      isOurs &&
      message.retracted_at === null &&
      (message.author === me.id || me.roles.includes('supervisor')),
    mayRead: message.readable && (isOurs || isOpen),
  }
}

const may = (visit: SignedVisit, action: 'message.send' | 'message.read'): boolean =>
  decide(actorOf(visit.me), action, { kind: 'none' }).allow

export const mayWrite = (visit: SignedVisit, { isOpen }: Conversation): boolean =>
  isOpen && may(visit, 'message.send')

/** One page of what two agencies wrote to each other, newest first. */
export const talkOf = async (
  visit: SignedVisit,
  conversation: Conversation,
  after: string | null,
): Promise<Talk> => {
  const more = after === null ? '' : `&after=${after}`
  const path = `${conversation.list}limit=${LIMIT}${more}`
  const { items, next } = await visit.api.get<MessagePage>(path)
  const messages = await Promise.all(items.map((each) => sightOf(visit, conversation, each)))
  return { messages, next }
}

/** One of them, however old. @throws Problem */
export const messageOf = async (
  visit: SignedVisit,
  conversation: Conversation,
  id: string,
): Promise<MessageSight> => {
  let after: string | null = null
  do {
    const { messages, next }: Talk = await talkOf(visit, conversation, after)
    const found = messages.find(({ message }) => message.id === id)
    if (found !== undefined) return found
    after = next
  } while (after !== null)
  throw new Problem('not_found')
}

/** How many of the newest the reader has not read. */
export const unreadOf = ({ messages }: Talk): number =>
  messages.filter(({ isOurs, readByMe, mayRead }) => !isOurs && readByMe === null && mayRead).length

/** Whether the words of messages are for this reader at all. */
export const mayRead = (visit: SignedVisit): boolean => may(visit, 'message.read')
