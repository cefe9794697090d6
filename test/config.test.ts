// Goal: sign-in links exist on this machine alone. Method: every place that a hub can be in.
import t from 'tap'
import { loadConfig } from '../src/config.ts'

const DATABASE_URL = 'postgres://titian@db.example/titian'
const demonstrates = (env: Record<string, string>): boolean => loadConfig(env).demonstration

t.test('auto: only where HOST, PUBLIC_URL and PostgreSQL are all here', async (t) => {
  for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    t.equal(demonstrates({ HOST }), true, HOST)
  }
  t.equal(demonstrates({ PUBLIC_URL: 'http://localhost:8080' }), true)
  t.equal(demonstrates({ PUBLIC_URL: 'http://[::1]:8080' }), true)
  for (const env of [
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: '0.0.0.0', PUBLIC_URL: 'http://127.0.0.1:8080' },
    { PUBLIC_URL: 'https://hub.example' },
    { PUBLIC_URL: 'http://127.0.0.1.evil.example' },
    { DATABASE_URL },
  ]) {
    t.equal(demonstrates(env), false, JSON.stringify(env))
  }
})

t.test('on: also elsewhere, never beyond loopback; off: never', async (t) => {
  const on = { DEMONSTRATION: 'on' }
  t.equal(demonstrates({ ...on, PUBLIC_URL: 'https://hub.example', DATABASE_URL }), true)
  t.throws(() => demonstrates({ ...on, HOST: '0.0.0.0' }), { message: /HOST/ })
  t.equal(demonstrates({ DEMONSTRATION: 'off' }), false)
  t.throws(() => demonstrates({ DEMONSTRATION: 'yes' }), { message: /auto, on or off/ })
})
