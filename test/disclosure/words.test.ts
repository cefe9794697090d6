// Goal: what agencies write about a survivor is narrative, and read as such; before acceptance they ask
// and answer in codes. Method: both sides of one referral, and everybody who may not.
import t from 'tap'
import { createScene } from '../helpers/referral-scene.ts'
import { newId } from '../../src/id.ts'

const scene = await createScene(t)
const { network, admin } = scene
const { sender, recipient, other } = network
const call = await scene.as(sender.worker)
const theirs = await scene.as(recipient.worker)
const desk = await scene.as(recipient.intake)

const QUESTION = 'Apakah ia takut pada laki-laki berseragam?'
const ANSWER = 'Ya, sejak pelabuhan.'
const questions = [{ topic: 'languages' }, { topic: 'category', category: 'documents' }]
const answers = [
  { topic: 'languages', answer: 'envelope_updated' },
  { topic: 'category', category: 'documents', answer: 'not_consented' },
]

/** An acknowledged referral; narrative is consented to when named. */
const acknowledged = async (categories = ['identity', 'safety']) => {
  const caseId = await scene.openCase()
  await scene.consentTo(caseId, { categories })
  const { id } = (await call('POST', '/v1/referrals', scene.asked(caseId))).body
  await theirs('POST', `/v1/referrals/${id}/acknowledge`, { version: 1 })
  return { caseId, path: `/v1/referrals/${id as string}`, id: id as string }
}
const notesOf = async (by: typeof call, path: string) => (await by('GET', path)).body.notes
const openings = (id: string) => admin`
  select outcome, actor, concerned, categories from journal.entry
  where type = 'referrals.note.opened.v1' and object = ${id} order by seq`

t.test('a question: codes for everybody, words by a recorded opening', async (t) => {
  const { path, id } = await acknowledged()
  const ask = { version: 2, questions, note: QUESTION }
  t.equal((await desk('POST', `${path}/ask`, ask)).status, 200, 'the intake desk asks')
  const read = await call('GET', path)
  t.match(read.body.notes, [{ verb: 'ask', questions, answers: null, has_text: true }])
  t.same(read.body.notes[0].opens_for, [recipient.id, sender.id])
  for (const by of [call, theirs, desk, await scene.as(sender.intake)]) {
    t.notOk(
      (await by('GET', path)).text.includes('berseragam'),
      'nobody reads it with the referral',
    )
  }
  const note = `${path}/notes/${read.body.notes[0].id}/open`
  for (const actor of [sender.intake, recipient.intake, sender.reviewer]) {
    t.equal((await (await scene.as(actor))('POST', note)).status, 403, actor.roles.join())
  }
  const stranger = await scene.as(other.worker)
  t.equal((await stranger('POST', note)).status, 404)
  t.equal((await call('POST', `${path}/notes/${newId()}/open`)).status, 404)
  t.same(await openings(id), [])
  t.equal((await call('POST', note)).body.text, QUESTION)
  t.equal((await theirs('POST', note)).body.text, QUESTION, 'its own agency reads it too')
  const told = await openings(id)
  t.match(told[0], { actor: sender.worker.id, categories: ['narrative'] })
  t.same(
    told.map((row) => row['concerned']),
    [[sender.id, recipient.id], [recipient.id]],
  )
})

t.test(
  'an answer brings the envelope up to date; its words wait for an open package',
  async (t) => {
    const { caseId, path } = await acknowledged(['identity', 'safety', 'narrative'])
    await theirs('POST', `${path}/ask`, { version: 2, questions })
    const change = { age_band: 'from_25_to_39', district: '98.01', languages: ['jv'], needs: [] }
    await call('PUT', `/v1/cases/${caseId}`, { ...change, version: 1 })
    const answer = { version: 3, answers, note: ANSWER }
    t.equal((await call('POST', `${path}/answer`, answer)).status, 200)
    const { body } = await theirs('GET', path)
    t.match(body, { languages: ['jv'], needs: [], state: 'acknowledged' })
    t.same(body.notes[1].answers, answers)
    t.same(body.notes[1].opens_for, [sender.id])
    const note = `${path}/notes/${body.notes[1].id}/open`
    t.match((await theirs('POST', note)).body, { status: 409, code: 'not_yet_accepted' })
    t.equal((await call('POST', note)).body.text, ANSWER, 'its author reads it')
    await theirs('POST', `${path}/accept`, { version: 4 })
    t.same(
      (await notesOf(call, path))[1].opens_for.toSorted(),
      [sender.id, recipient.id].toSorted(),
    )
    t.equal((await theirs('POST', note)).body.text, ANSWER)
    const scope = { case: caseId, scope: 'all_sharing', category: 'narrative' }
    await call('POST', '/v1/withdrawals', scope)
    t.match((await theirs('POST', note)).body, { status: 404, code: 'not_in_package' })
    await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
    t.ok((await theirs('POST', note)).status >= 400)
  },
)

t.test('without consent to narrative the recipient reads no words at any time', async (t) => {
  const { path } = await acknowledged()
  await theirs('POST', `${path}/ask`, { version: 2, questions })
  await call('POST', `${path}/answer`, { version: 3, answers, note: ANSWER })
  await theirs('POST', `${path}/accept`, { version: 4 })
  const [, answered] = await notesOf(theirs, path)
  t.same(answered.opens_for, [sender.id], 'and its author can see that')
  const opened = await theirs('POST', `${path}/notes/${answered.id}/open`)
  t.match(opened.body, { code: 'not_in_package' })
})

t.test('why a referral was declined reaches the sender while consent holds', async (t) => {
  const { caseId, path, id } = await acknowledged()
  const decline = { version: 2, reason: 'other', note: QUESTION }
  t.equal((await theirs('POST', `${path}/decline`, decline)).status, 200)
  const [note] = await notesOf(call, path)
  const opening = `${path}/notes/${note.id}/open`
  t.equal((await call('POST', opening)).body.text, QUESTION)
  await call('POST', '/v1/withdrawals', { case: caseId, scope: 'all_sharing' })
  t.match((await call('POST', opening)).body, { status: 409, code: 'consent_ended' })
  t.same((await notesOf(call, path))[0].opens_for, [recipient.id])
  t.equal((await openings(id)).length, 1)
})

t.test('what does not fit is refused, and rules go on the record', async (t) => {
  const { path, id } = await acknowledged()
  const step = (verb: string, body: object) =>
    theirs('POST', `${path}/${verb}`, { version: 2, ...body })
  t.equal((await step('ask', { note: QUESTION })).status, 400, 'words alone')
  const bare = await step('ask', { questions: [{ topic: 'category' }] })
  t.match(bare.body, { status: 400, errors: [{ field: 'questions.0.category' }] })
  t.equal((await step('decline', { reason: 'other' })).body.code, 'note_required')
  const suggest = (suggested: string) => step('decline', { reason: 'no_capacity', suggested })
  t.match((await suggest(newId())).body, { status: 422, code: 'suggested_unknown' })
  await admin`update directory.agency set active = false where id = ${other.id}`
  t.equal((await suggest(other.id)).body.code, 'suggested_unknown', 'not active')
  await admin`update directory.agency set active = true where id = ${other.id}`
  const reasons = (await scene.entries(id)).filter((each) => each.outcome === 'refused')
  t.same(
    reasons.map((each) => each.reason),
    ['note_required', 'suggested_unknown', 'suggested_unknown'],
  )
  t.equal((await suggest(other.id)).status, 200)
})
