import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { PersonPage } from '../../../src/contracts/identity.ts'
import {
  IMAGE_MAX_BYTES,
  type AttachmentAdded,
  type SentMessage,
} from '../../../src/contracts/message.ts'
import { decide } from '../../../src/decide.ts'
import { mayWrite } from '../message-sight.ts'
import type { PortalRoute } from '../page.ts'
import { WriteMessagePage } from '../pages/message.tsx'
import type { Option, Wrong } from '../parts/fields.tsx'
import { readReferral, type Detail } from '../referral-sight.ts'
import { actorOf } from '../steps.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Schema = { params: Type.Object({ id: Id }), takesFile: true }
const PNG = Buffer.from('\x89PNG', 'latin1')

/** Whom the writer may mention: those whose names the API gives, which are a supervisor's to read. */
const colleaguesOf = async (visit: SignedVisit): Promise<readonly Option[]> => {
  const { me } = visit
  if (!decide(actorOf(me), 'people.read', { kind: 'none' }).allow) return []
  const people: Static<typeof PersonPage>['items'] = []
  let more = ''
  do {
    const path = `/v1/identity/people?limit=100${more}`
    const { items, next } = await visit.api.get<Static<typeof PersonPage>>(path)
    people.push(...items)
    more = next === null ? '' : `&after=${encodeURIComponent(next)}`
  } while (more !== '')
  return people
    .filter(({ id, active }) => active && id !== me.id)
    .map(({ id, display_name }) => ({ value: id, text: display_name }))
}

/** The image first, if there is one, then the message that names it; one key covers both. */
const send = async (visit: SignedVisit, form: Form, id: string): Promise<void> => {
  const { api } = visit
  const category = form.text('category') ?? ''
  const idempotencyKey = form.text('key') ?? ''
  const image = form.file('image')
  const attachments: string[] = []
  if (image !== undefined) {
    const path = `/v1/referrals/${id}/attachments?category=${encodeURIComponent(category)}`
    const type = image.subarray(0, 4).equals(PNG) ? 'image/png' : 'image/jpeg'
    const options = { idempotencyKey: `${idempotencyKey}-image` }
    attachments.push((await api.upload<AttachmentAdded>(path, image, type, options)).id)
  }
  const body = {
    category,
    text: form.text('text') ?? '',
    mentions: form.list('mentions'),
    attachments,
  }
  await api.post<SentMessage>(`/v1/referrals/${id}/messages`, body, { idempotencyKey })
}

/** What a form lacks, before anything is uploaded for it. */
const lackOf = ({ t }: SignedVisit, form: Form): readonly Wrong[] => [
  ...(form.text('category') === undefined
    ? [{ field: 'category', message: t('messages.category_lacks') }]
    : []),
  ...(form.text('text') === undefined
    ? [{ field: 'text', message: t('messages.text_lacks') }]
    : []),
  ...(form.cut === 'late' ? [{ field: 'image', message: t('messages.image_too_slow') }] : []),
  ...(form.cut === 'large' || (form.file('image')?.length ?? 0) > IMAGE_MAX_BYTES
    ? [{ field: 'image', message: t('messages.image_too_large') }]
    : []),
]

/** Beside what a refusal is shown: what has to be changed, else the text. */
const fieldOf = (error: unknown): string => {
  const code = String((error as { code?: unknown }).code)
  if (code.startsWith('image_') || code === 'attachment_unknown') return 'image'
  if (code === 'category_not_shared' || code === 'therapy_notes_stay') return 'category'
  return code === 'mention_unknown' ? 'mentions' : 'text'
}

/** A browser does not choose a file again when a form comes back: the writer is told. */
const withImage = (
  { t }: SignedVisit,
  wrong: readonly Wrong[],
  form: Form | undefined,
): readonly Wrong[] =>
  form?.file('image') === undefined || wrong.some(({ field }) => field === 'image')
    ? wrong
    : [...wrong, { field: 'image', message: t('messages.image_again') }]

export const writeMessage: PortalRoute = (portal) => {
  const formPage = async (
    visit: SignedVisit,
    referral: Detail,
    wrong: readonly Wrong[],
    form?: Form,
  ): Promise<PageView> => {
    const { side, sender, recipient, categories } = referral
    const given = {
      at: `/referrals/${referral.id}/messages`,
      otherAgency: await visit.names.agency(side === 'sender' ? recipient : sender),
      categories,
      colleagues: await colleaguesOf(visit),
      wrong: withImage(visit, wrong, form),
      ...(form === undefined ? {} : { form }),
    }
    return {
      kind: 'page',
      title: 'messages.write',
      place: 'referrals',
      status: wrong.length > 0 ? 422 : 200,
      body: <WriteMessagePage {...given} />,
    }
  }
  portal.get('/referrals/:id/messages/new', Schema, async (visit) => {
    const { id } = visit.request.params as { id: string }
    const referral = await readReferral(visit, id)
    if (!mayWrite(visit, referral)) return goTo(`/referrals/${id}/messages`)
    return await formPage(visit, referral, [])
  })
  portal.post('/referrals/:id/messages/new', Schema, async (visit, form) => {
    const { id } = visit.request.params as { id: string }
    const referral = await readReferral(visit, id)
    const lacks = lackOf(visit, form)
    if (lacks.length > 0) return await formPage(visit, referral, lacks, form)
    try {
      await send(visit, form, id)
    } catch (error) {
      return await formPage(visit, referral, wrongOf(error, fieldOf(error)), form)
    }
    return goTo(`/referrals/${id}/messages?done=sent`)
  })
}
