import { Type } from 'typebox'
import { HubError } from '../../../src/client/http.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import type { OpenedAttachment, OpenedMessage } from '../../../src/contracts/message.ts'
import { conversationOf, menuOf, PLACES } from '../conversation.ts'
import { mayWrite, messageOf, talkOf } from '../message-sight.ts'
import type { Portal, PortalRoute } from '../page.ts'
import { OpenedMessagePage, RetractPage } from '../pages/message.tsx'
import { MessagesPage } from '../pages/messages.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { goTo, pageIn, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

type Ids = Readonly<Record<string, typeof Id>>

const listOf = (ids: Ids) => ({
  params: Type.Object(ids),
  querystring: Type.Object({
    after: Type.Optional(Id),
    done: Type.Optional(oneOf(['sent', 'retracted'])),
  }),
})

const messageAsked = (visit: SignedVisit): string =>
  (visit.request.params as { message: string }).message

const addTo = (portal: Portal, place: (typeof PLACES)[number]): void => {
  const ids: Ids = { id: Id, ...(place.includes(':agency') ? { agency: Id } : {}) }
  const one = { params: Type.Object({ ...ids, message: Id }) }
  const pageAt = pageIn(menuOf(place))
  const page = (body: PageView['body'], status = 200) => pageAt('messages.title', body, status)

  portal.get(place, listOf(ids), async (visit) => {
    const { after = null, done = null } = visit.request.query as {
      after?: string
      done?: 'sent' | 'retracted'
    }
    const conversation = await conversationOf(visit)
    const talk = await talkOf(visit, conversation, after)
    const given = { conversation, talk, mayWrite: mayWrite(visit, conversation), done }
    return { ...page(<MessagesPage {...given} />), isLive: true }
  })
  // Whoever loads an opened message again stands at the list: nothing opens by itself.
  portal.get(`${place}/:message`, one, async (visit) => goTo((await conversationOf(visit)).at))
  portal.post(`${place}/:message`, one, async (visit) => {
    const message = messageAsked(visit)
    const conversation = await conversationOf(visit)
    // What is of another conversation is not opened here.
    await messageOf(visit, conversation, message)
    const { text } = await visit.api.post<OpenedMessage>(`/v1/messages/${message}/open`, {})
    const sight = await messageOf(visit, conversation, message)
    return page(<OpenedMessagePage at={conversation.at} sight={sight} text={text} />)
  })
  const image = { params: Type.Object({ ...ids, message: Id, image: Id }) }
  portal.post(`${place}/:message/images/:image`, image, async (visit) => {
    const asked = visit.request.params as { image: string }
    const { file } = await visit.api.post<OpenedAttachment>(
      `/v1/attachments/${asked.image}/open`,
      {},
    )
    return goTo(file)
  })

  const retractPage = async (visit: SignedVisit, wrong: readonly Wrong[]): Promise<PageView> => {
    const conversation = await conversationOf(visit)
    const sight = await messageOf(visit, conversation, messageAsked(visit))
    const status = wrong.length > 0 ? 422 : 200
    return page(<RetractPage at={conversation.at} sight={sight} wrong={wrong} />, status)
  }
  portal.get(`${place}/:message/retract`, one, (visit) => retractPage(visit, []))
  portal.post(`${place}/:message/retract`, one, async (visit, form) => {
    try {
      const options = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.post(`/v1/messages/${messageAsked(visit)}/retract`, {}, options)
    } catch (error) {
      // Retracted meanwhile, by a supervisor or on another device: that is what was asked for.
      const isDone = error instanceof HubError && error.code === 'already_retracted'
      if (!isDone) return await retractPage(visit, wrongOf(error, 'main-field'))
    }
    return goTo(`${(await conversationOf(visit)).at}?done=retracted`)
  })
}

/** What two agencies wrote to each other. Reading is an act of its own, with a record. */
export const messages: PortalRoute = (portal) => {
  for (const place of PLACES) addTo(portal, place)
}
