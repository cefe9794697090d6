import { Type } from 'typebox'
import { HubError } from '../../../src/client/http.ts'
import { Id, oneOf } from '../../../src/contracts/codes.ts'
import {
  ANSWERS,
  TOPICS,
  type Question,
  type QuestionAnswer,
} from '../../../src/contracts/referral-note.ts'
import type { Moved, StepBody } from '../../../src/contracts/referral.ts'
import { Problem } from '../../../src/problem.ts'
import { agencyOptions } from '../agencies.ts'
import { endOfDay } from '../form-dates.ts'
import type { PortalRoute } from '../page.ts'
import { OvertakenPage, StepPage } from '../pages/step.tsx'
import { openQuestions, readReferral, sightOf, type ReferralSight } from '../referral-sight.ts'
import { needsAcknowledging, STEPS, stepsFor, type Step } from '../steps.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'
import { wrongOf } from '../wrong-of.ts'

const Schema = {
  params: Type.Object({ id: Id, step: oneOf(STEPS.map(({ path }) => path)) }),
}

interface Chosen {
  readonly sight: ReferralSight
  readonly step: Step
  readonly isOpen: boolean
}

const choose = async (visit: SignedVisit): Promise<Chosen> => {
  const { id, step: path } = visit.request.params as { id: string; step: string }
  const step = STEPS.find((each) => each.path === path)
  if (step === undefined) throw new Problem('not_found')
  const referral = await readReferral(visit, id)
  const plain = await sightOf(visit, referral, null)
  const isAsked = step.asks.includes('suggested')
  const sight = isAsked ? { ...plain, agencies: await agencyOptions(visit) } : plain
  return { sight, step, isOpen: stepsFor(visit.me, referral).includes(step) }
}

const page = (body: PageView['body'], status = 200): PageView => ({
  kind: 'page',
  title: 'step.title',
  place: 'referrals',
  status,
  body,
})

const answersOf = (form: Form, asked: readonly Question[]): readonly QuestionAnswer[] =>
  asked.flatMap((question, index) => {
    const answer = ANSWERS.find((code) => code === form.text(`answer-${index}`))
    return answer === undefined ? [] : [{ ...question, answer }]
  })

const bodyOf = (
  visit: SignedVisit,
  form: Form,
  step: Step,
  asked: readonly Question[],
): Omit<StepBody, 'version'> => {
  const reason = form.text('reason')
  const note = form.text('note')
  const suggested = form.text('suggested')
  const code = form.text('arrival_code')
  const next = form.text('next_step')
  const noNext = form.text('no_next_step')
  const feedback = form.text('feedback')
  const day = step.asks.includes('review')
    ? endOfDay(form, 'review_at', visit.when.zone)
    : undefined
  return {
    ...(step.asks.includes('questions')
      ? {
          questions: TOPICS.filter((topic) => form.list('questions').includes(topic)).map(
            (topic) => ({ topic }),
          ),
        }
      : {}),
    ...(step.asks.includes('answers') ? { answers: answersOf(form, asked) } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(note === undefined ? {} : { note }),
    ...(suggested === undefined ? {} : { suggested }),
    ...(code === undefined ? {} : { arrival_code: code }),
    ...(next === undefined ? {} : { next_step: next }),
    ...(noNext === undefined ? {} : { no_next_step: noNext }),
    ...(feedback === undefined ? {} : { feedback }),
    ...(day === undefined ? {} : { review_at: day }),
  }
}

/** Acknowledges first where nobody had, then takes the step; the key covers both. */
const take = async (visit: SignedVisit, form: Form, { sight, step }: Chosen): Promise<void> => {
  const { referral } = sight
  const key = form.text('key') ?? ''
  const at = `/v1/referrals/${referral.id}`
  let version = Number(form.text('version') ?? referral.version)
  if (needsAcknowledging(referral.state, step.verb)) {
    const seen = await visit.api.post<Moved>(
      `${at}/acknowledge`,
      { version },
      { idempotencyKey: `${key}-seen` },
    )
    version = seen.version
  }
  const body = { version, ...bodyOf(visit, form, step, openQuestions(referral)) }
  await visit.api.post<Moved>(`${at}/${step.path}`, body, { idempotencyKey: key })
}

/** Somebody was first, or the survivor was: there is nothing to mend on the form. */
const OVERTAKEN: readonly string[] = ['version_conflict', 'consent_ended']

/** Accept, ask, decline and every other step: a page, never a dialog. */
export const step: PortalRoute = (portal) => {
  portal.get('/referrals/:id/:step', Schema, async (visit) => {
    const chosen = await choose(visit)
    if (!chosen.isOpen) return page(<OvertakenPage sight={chosen.sight} />)
    return page(<StepPage {...chosen} me={visit.me} wrong={[]} />)
  })
  portal.post('/referrals/:id/:step', Schema, async (visit, form) => {
    const chosen = await choose(visit)
    try {
      await take(visit, form, chosen)
    } catch (error) {
      const wrong = wrongOf(error, 'main-field')
      // Read again: it may have been acknowledged on the way, or moved by somebody else.
      const now = await choose(visit)
      if (error instanceof HubError && OVERTAKEN.includes(error.code)) {
        return page(<OvertakenPage sight={now.sight} />, 409)
      }
      return page(<StepPage {...now} me={visit.me} form={form} wrong={wrong} />, 422)
    }
    return goTo(`/referrals/${chosen.sight.referral.id}?done=${chosen.step.verb}`)
  })
}
