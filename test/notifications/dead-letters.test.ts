// Goal: what a service gave up is seen by a person. Method: a letter as the bus writes it, and the
// coordinators' tasks over the API.
import { connect } from 'nats'
import t from 'tap'
import { ensureStream } from '../../src/bus/streams.ts'
import { newId } from '../../src/id.ts'
import { callAs, personOf } from '../helpers/actors.ts'
import { officeOf, startTelling } from '../helpers/notices.ts'
import { until } from '../helpers/until.ts'

t.test('a dead letter is a task of the hub, once', async (t) => {
  const { hub } = await startTelling(t)
  const administrator = await callAs(hub, personOf(null, 'hub_administrator'))
  const url = new URL(hub.natsUrl)
  const nc = await connect({ servers: url.host, user: url.username, pass: url.password })
  t.teardown(() => nc.close())
  await ensureStream(await nc.jetstreamManager({ checkAPI: false }), 'DEAD')
  const message = { entry: newId(), type: 'referrals.referral.sent.v1' }
  const letter = {
    consumer: 'cases-referrals',
    subject: 'hub.x',
    tries: 8,
    error: 'Error',
    message,
  }
  const js = nc.jetstream()
  const other = { ...letter, consumer: 'notifications-referrals' }
  for (const body of [letter, letter, other]) {
    await js.publish(`dead.${body.consumer}`, JSON.stringify(body))
  }
  await js.publish('dead.cases-referrals', 'not JSON')
  const tasks = async () => (await administrator('GET', '/v1/tasks')).body.items
  await until(async () => (await tasks()).length === 3, { what: 'three tasks' })
  const [unreadable, second, known] = await tasks()
  t.match(known, {
    kind: 'dead_letter',
    object: message.entry,
    data: { consumer: 'cases-referrals', tries: 8, type: message.type },
  })
  t.match(second, { object: message.entry, data: { consumer: other.consumer } })
  t.match(unreadable, { kind: 'dead_letter', data: { consumer: 'unknown', type: null } })
  t.equal((await administrator('POST', `/v1/tasks/${known.id}/done`)).status, 200)
  t.equal((await tasks()).length, 2)
  const supervisor = await callAs(hub, officeOf().supervisor)
  t.same((await supervisor('GET', '/v1/tasks')).body.items, [], 'no agency sees it')
})
