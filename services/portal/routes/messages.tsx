import { Type } from 'typebox'
import { HubError } from '../../../src/client/http.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import type { OpenedAttachment, OpenedMessage } from '../../../src/contracts/message.ts'
import { messageOf, talkOf, mayWrite } from '../message-sight.ts'
import type { PortalRoute } from '../page.ts'
import { OpenedMessagePage, RetractPage } from '../pages/message.tsx'
import { MessagesPage } from '../pages/messages.tsx'
import type { Wrong } from '../parts/fields.tsx'
import { readReferral } from '../referral-sight.ts'
import { goTo, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const List = {
  params: Type.Object({ id: Id }),
  querystring: Type.Object({
    after: Type.Optional(Id),
    done: Type.Optional(oneOf(['sent', 'retracted'])),
  }),
}
const One = { params: Type.Object({ id: Id, message: Id }) }
const Image = { params: Type.Object({ id: Id, message: Id, image: Id }) }

interface Asked {
  readonly id: string
  readonly message: string
  readonly image: string
}

const askedOf = (visit: SignedVisit): Asked & { readonly at: string } => {
  const asked = visit.request.params as Asked
  return { ...asked, at: `/referrals/${asked.id}/messages` }
}

const page = (body: PageView['body'], more: Partial<PageView> = {}): PageView => ({
  kind: 'page',
  title: 'messages.title',
  place: 'referrals',
  body,
  ...more,
})

/** What two agencies wrote to each other on a referral. Reading is an act of its own, with a record. */
export const messages: PortalRoute = (portal) => {
  portal.get('/referrals/:id/messages', List, async (visit) => {
    const { id } = askedOf(visit)
    const { after = null, done = null } = visit.request.query as {
      after?: string
      done?: 'sent' | 'retracted'
    }
    const referral = await readReferral(visit, id)
    const { side, sender, recipient } = referral
    const [talk, otherAgency] = await Promise.all([
      talkOf(visit, referral, after),
      visit.names.agency(side === 'sender' ? recipient : sender),
    ])
    const isOpen = mayWrite(visit, referral)
    const isRevoked = referral.state === 'revoked'
    const given = { referral: id, otherAgency, talk, mayWrite: isOpen, isRevoked, done }
    return page(<MessagesPage {...given} />, { isLive: true })
  })
  // Whoever loads an opened message again stands at the list: nothing opens by itself.
  portal.get('/referrals/:id/messages/:message', One, async (visit) => goTo(askedOf(visit).at))
  portal.post('/referrals/:id/messages/:message', One, async (visit) => {
    const { id, message, at } = askedOf(visit)
    const referral = await readReferral(visit, id)
    // What is of another referral is not opened here.
    await messageOf(visit, referral, message)
    const { text } = await visit.api.post<OpenedMessage>(`/v1/messages/${message}/open`, {})
    const sight = await messageOf(visit, referral, message)
    return page(<OpenedMessagePage at={at} sight={sight} text={text} />)
  })
  portal.post('/referrals/:id/messages/:message/images/:image', Image, async (visit) => {
    const { image } = askedOf(visit)
    const { file } = await visit.api.post<OpenedAttachment>(`/v1/attachments/${image}/open`, {})
    return goTo(file)
  })

  const retractPage = async (visit: SignedVisit, wrong: readonly Wrong[]): Promise<PageView> => {
    const { id, message, at } = askedOf(visit)
    const sight = await messageOf(visit, await readReferral(visit, id), message)
    const status = wrong.length > 0 ? 422 : 200
    return page(<RetractPage at={at} sight={sight} wrong={wrong} />, { status })
  }
  portal.get('/referrals/:id/messages/:message/retract', One, (visit) => retractPage(visit, []))
  portal.post('/referrals/:id/messages/:message/retract', One, async (visit, form) => {
    const { message, at } = askedOf(visit)
    try {
      const options = { idempotencyKey: form.text('key') ?? '' }
      await visit.api.post(`/v1/messages/${message}/retract`, {}, options)
    } catch (error) {
      // Retracted meanwhile, by a supervisor or on another device: that is what was asked for.
      const isDone = error instanceof HubError && error.code === 'already_retracted'
      if (!isDone) return await retractPage(visit, wrongOf(error, 'main-field'))
    }
    return goTo(`${at}?done=retracted`)
  })
}
