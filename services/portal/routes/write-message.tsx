import { Type, type Static } from 'typebox'
import { Id } from '../../../src/contracts/codes.ts'
import type { PersonPage } from '../../../src/contracts/identity.ts'
import {
  IMAGE_MAX_BYTES,
  type AttachmentAdded,
  type SentMessage,
} from '../../../src/contracts/message.ts'
import { decide } from '../../../src/decide.ts'
import { conversationOf, menuOf, PLACES, type Conversation } from '../conversation.ts'
import { mayWrite } from '../message-sight.ts'
import type { Portal, PortalRoute } from '../page.ts'
import { WriteMessagePage } from '../pages/message.tsx'
import type { Option, Wrong } from '../parts/fields.tsx'
import { actorOf } from '../steps.ts'
import { goTo, pageIn, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

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
const send = async (visit: SignedVisit, form: Form, conversation: Conversation): Promise<void> => {
  const { api } = visit
  const { upload, send: sending, mayTurn } = conversation
  const turned = mayTurn && form.text('to') === 'owner' ? { to: 'owner' } : {}
  const category = form.text('category') ?? ''
  const idempotencyKey = form.text('key') ?? ''
  const image = form.file('image')
  const attachments: string[] = []
  if (image !== undefined) {
    const query = new URLSearchParams({ ...upload.query, ...turned, category })
    const path = `${upload.path}?${query}`
    const type = image.subarray(0, 4).equals(PNG) ? 'image/png' : 'image/jpeg'
    const options = { idempotencyKey: `${idempotencyKey}-image` }
    attachments.push((await api.upload<AttachmentAdded>(path, image, type, options)).id)
  }
  const body = {
    ...sending.body,
    ...turned,
    category,
    text: form.text('text') ?? '',
    mentions: form.list('mentions'),
    attachments,
  }
  await api.post<SentMessage>(sending.path, body, { idempotencyKey })
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

const addTo = (portal: Portal, place: (typeof PLACES)[number]): void => {
  const ids = { id: Id, ...(place.includes(':agency') ? { agency: Id } : {}) }
  const Schema = { params: Type.Object(ids), takesFile: true }
  const page = pageIn(menuOf(place))
  const formPage = async (
    visit: SignedVisit,
    conversation: Conversation,
    wrong: readonly Wrong[],
    form?: Form,
  ): Promise<PageView> => {
    const given = {
      conversation,
      colleagues: await colleaguesOf(visit),
      wrong: withImage(visit, wrong, form),
      ...(form === undefined ? {} : { form }),
    }
    const status = wrong.length > 0 ? 422 : 200
    return page('messages.write', <WriteMessagePage {...given} />, status)
  }
  portal.get(`${place}/new`, Schema, async (visit) => {
    const conversation = await conversationOf(visit)
    if (!mayWrite(visit, conversation)) return goTo(conversation.at)
    return await formPage(visit, conversation, [])
  })
  portal.post(`${place}/new`, Schema, async (visit, form) => {
    const conversation = await conversationOf(visit)
    const lacks = lackOf(visit, form)
    if (lacks.length > 0) return await formPage(visit, conversation, lacks, form)
    try {
      await send(visit, form, conversation)
    } catch (error) {
      return await formPage(visit, conversation, wrongOf(error, fieldOf(error)), form)
    }
    return goTo(`${conversation.at}?done=sent`)
  })
}

export const writeMessage: PortalRoute = (portal) => {
  for (const place of PLACES) addTo(portal, place)
}
