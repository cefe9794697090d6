import type { Static } from 'typebox'
import { OPENABLE_STATES } from '../../src/contracts/lifecycle.ts'
import type { Question } from '../../src/contracts/referral-note.ts'
import type { ReferralDetail, StepVerb } from '../../src/contracts/referral.ts'
import { decide } from '../../src/decide.ts'
import { clockOf } from './parts/clock.tsx'
import type { Option } from './parts/fields.tsx'
import type { Key, Words } from './parts/words.ts'
import { actorOf, stepsFor, type Step } from './steps.ts'
import type { SignedVisit } from './visit.ts'
import { languageName } from './names.ts'

export type Detail = Static<typeof ReferralDetail>

interface NoteSight {
  readonly id: string
  readonly verb: string
  readonly agency: string
  readonly isOurs: boolean
  /** Questions and answers in words; free text is opened by itself and is not here. */
  readonly lines: readonly string[]
  readonly at: string
}

interface TrackPoint {
  readonly key: Key
  readonly at: string
  readonly look: 'done' | 'now'
}

/** Everything that the page of a referral shows. */
export interface ReferralSight {
  readonly referral: Detail
  readonly service: string
  readonly otherAgency: string
  readonly suggested: string | null
  readonly area: string
  readonly languages: readonly string[]
  readonly steps: readonly Step[]
  readonly mayOpen: boolean
  /** Whether the reader may ask to open it although consent does not let them. */
  readonly mayBreakGlass: boolean
  readonly hasArrivalCode: boolean
  readonly deadline: string | null
  readonly notes: readonly NoteSight[]
  readonly track: readonly TrackPoint[]
  readonly done: StepVerb | 'send' | null
  /** When it last changed, in words. */
  readonly changed: string
  /** Agencies to suggest instead; only where a page asks for one. */
  readonly agencies?: readonly Option[]
}

/** Whether it may have been accepted by whoever it was meant for; the API knows for certain. */
const wasHeld = ({ state, reason }: Detail): boolean =>
  !['sent', 'acknowledged', 'info_requested', 'declined', 'expired'].includes(state) &&
  reason !== 'wrong_recipient'

export const readReferral = (visit: SignedVisit, id: string): Promise<Detail> =>
  visit.api.get<Detail>(`/v1/referrals/${id}`)

/** A question in words; the category that it asks for, where it asks for one. */
export const topicWords = (t: Words, { topic, category }: Question): string =>
  category === undefined
    ? t(`topic.${topic}`)
    : `${t(`topic.${topic}`)} (${t(`category.${category}`)})`

/** What the recipient asked last, for whoever answers. */
export const openQuestions = (referral: Detail): readonly Question[] =>
  referral.notes.filter(({ questions }) => questions !== null).at(-1)?.questions ?? []

const notesOf = (visit: SignedVisit, referral: Detail): Promise<NoteSight[]> =>
  Promise.all(
    referral.notes.map(async ({ id, verb, agency, questions, answers, has_text, at }) => ({
      id,
      verb,
      isOurs: agency === visit.me.agency,
      agency: agency === visit.me.agency ? visit.t('notes.ours') : await visit.names.agency(agency),
      lines: [
        ...(questions ?? []).map((each) => topicWords(visit.t, each)),
        ...(answers ?? []).map(
          (each) => `${topicWords(visit.t, each)}: ${visit.t(`answer.${each.answer}`)}`,
        ),
        ...(has_text ? [visit.t('notes.has_text')] : []),
      ],
      at: visit.when.near(at),
    })),
  )

const trackOf = (visit: SignedVisit, referral: Detail): TrackPoint[] => {
  const points: TrackPoint[] = []
  const add = (key: Key, at: string | null, look: TrackPoint['look']): void => {
    if (at !== null) points.push({ key, at: visit.when.near(at), look })
  }
  add('state.sent', referral.sent_at, 'done')
  if (referral.state !== 'accepted') add('state.accepted', referral.accepted_at, 'done')
  if (referral.state !== 'sent') add(`state.${referral.state}`, referral.changed_at, 'now')
  return points
}

export const sightOf = async (
  visit: SignedVisit,
  referral: Detail,
  done: StepVerb | 'send' | null,
): Promise<ReferralSight> => {
  const { me, names, when } = visit
  const isSender = referral.side === 'sender'
  const { sender, recipient, state } = referral
  const [service, otherAgency, suggested, notes] = await Promise.all([
    names.service(referral.service),
    names.agency(isSender ? recipient : sender),
    referral.suggested === null ? null : names.agency(referral.suggested),
    notesOf(visit, referral),
  ])
  const target = { kind: 'referral', sender, recipient, state } as const
  const may = (action: 'package.open' | 'referral.follow' | 'break_glass.ask') =>
    decide(actorOf(me), action, target).allow
  const { at } = clockOf(state, referral.side, referral.due)
  return {
    referral,
    service,
    otherAgency,
    suggested,
    area: names.area(referral.district),
    languages: (referral.languages ?? []).map((code) => languageName(visit.language, code)),
    steps: stepsFor(me, referral),
    mayOpen: !isSender && OPENABLE_STATES.includes(state) && may('package.open'),
    mayBreakGlass: !isSender && wasHeld(referral) && may('break_glass.ask'),
    hasArrivalCode: isSender && state === 'accepted' && may('referral.follow'),
    deadline: at === null ? null : when.full(at),
    notes,
    track: trackOf(visit, referral),
    done,
    changed: when.near(referral.changed_at),
  }
}
