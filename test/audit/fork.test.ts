// Goal: a hub that shows two histories is found out. Method: two hubs with one key and different
// histories, a real witness for each, and an agency that compares what the witnesses hold.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createWitness } from '../../cli/witness/server.ts'
import { openState } from '../../cli/witness/state.ts'
import { generateSigner } from '../../services/audit/note.ts'
import { audit } from '../../services/audit/service.ts'
import { ledgerSigner } from '../../services/audit/signer.ts'
import { newId } from '../../src/id.ts'
import { parseBundle } from '../../src/proof/bundle.ts'
import { COSIGNATURE, openNote, parseVerifierKey } from '../../src/proof/note.ts'
import { parsePolicy } from '../../src/proof/policy.ts'
import { reportOf } from '../../src/proof/report.ts'
import { verifyBundle } from '../../src/proof/verify.ts'
import { callAs, personOf } from '../helpers/actors.ts'
import { createDatabase } from '../helpers/database.ts'
import { startHub, type TestHub } from '../helpers/hub.ts'
import { openOutside, worker } from '../helpers/ledger.ts'
import { natsUrl } from '../helpers/nats.ts'
import { until } from '../helpers/until.ts'

const folder = await mkdtemp(join(tmpdir(), 'titian-fork-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const agency = newId()
const signers = ['one', 'two'].map((name) => generateSigner(`${name}.example`, COSIGNATURE))
const [one, two] = signers as [(typeof signers)[0] & object, (typeof signers)[0] & object]
const env = { PUBLIC_URL: 'http://hub.example', OUTBOUND_LOOPBACK: 'on' }

/** Where the socket is: both hubs say that they are hub.example. */
const reached = (hub: TestHub): TestHub => ({ ...hub, url: `http://127.0.0.1:${hub.config.port}` })

/** A witness that watches the ledger of this key; where it is, and its last head. */
const startWitness = async (signer: typeof one, logKey: string) => {
  const state = await openState(join(folder, signer.name))
  const logs = [await parseVerifierKey(logKey)]
  const server = createWitness({ signer, logs, state, now: () => Math.floor(Date.now() / 1000) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const latest = async (size: number): Promise<string> =>
    await until(
      async () => {
        const answer = await fetch(`${url}/latest/${encodeURIComponent('hub.example/audit')}`)
        const note = answer.ok ? await answer.text() : ''
        return Number(note.split('\n')[1]) >= size ? note : null
      },
      { what: `${signer.name} to cosign ${size}`, timeoutMs: 30_000 },
    )
  return { url, latest }
}

const policyFile = async (name: string, lines: readonly string[]): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

t.test('two histories, two witnesses, one comparison', async (t) => {
  const keys = await startHub(t, { services: [], env })
  const log = ledgerSigner(keys).vkey
  const [first, second] = [await startWitness(one, log), await startWitness(two, log)]
  const lines = {
    one: `witness one ${one.vkey} ${first.url}`,
    two: `witness two ${two.vkey} ${second.url}`,
  }
  const start = async (like: TestHub, file: string): Promise<TestHub> =>
    await startHub(t, { services: [audit], like, env: { ...env, WITNESSES: file } })
  const write = async (hub: TestHub, count: number): Promise<void> => {
    const outside = openOutside(t, hub)
    const event = { type: 'referrals.referral.sent.v1', object: newId() } as const
    await outside.write(
      worker(agency),
      Array.from({ length: count }, () => event),
    )
    await outside.placed()
  }

  const honest = await start(keys, await policyFile('a', [`log ${log}`, lines.one, 'quorum one']))
  await write(honest, 12)
  await first.latest(12)
  const database = await createDatabase(t)
  const both = ['group either any one two', 'quorum either']
  const elsewhere = { ...keys, database, natsUrl: natsUrl() }
  const file = await policyFile('b', [`log ${log}`, lines.one, lines.two, ...both])
  const lying = await start(elsewhere, file)
  await write(lying, 7)
  const held = await second.latest(7)

  const policy = await parsePolicy(
    [`log ${log}`, `witness one ${one.vkey}`, `witness two ${two.vkey}`, ...both, ''].join('\n'),
  )
  const bundleFrom = async (hub: TestHub, query: string) => {
    const call = await callAs(reached(hub), personOf(agency, 'reviewer'))
    const { status, text } = await call('GET', `/v1/audit/bundle?${query}`)
    t.equal(status, 200, text)
    return parseBundle(text)
  }
  const size = Number(held.split('\n')[1])
  const shown = await bundleFrom(honest, `since=${size}`)
  const alone = await verifyBundle(shown, policy)
  t.match(alone, { holds: true, witnesses: [{ name: 'one' }, { name: 'two', at: null }] })
  const other = await bundleFrom(lying, '')
  t.match(await verifyBundle(other, policy), { holds: true }, 'each by itself looks well')

  const compared = await verifyBundle(shown, policy, { kept: [held] })
  t.match(compared.findings, [{ fault: 'forked' }])
  t.match(reportOf(compared, 'id'), /hub menunjukkan dua riwayat/)
  t.match(reportOf(compared, 'en'), /the hub shows two histories/)
  const seen = await first.latest(12)
  t.match((await verifyBundle(other, policy, { kept: [seen] })).findings, [
    { fault: 'rolled_back' },
  ])

  await write(lying, 30)
  const overseer = await callAs(reached(lying), personOf(null, 'oversight_reviewer'))
  const alarm = await until(
    async () => {
      const { body } = await overseer('GET', '/v1/audit/witnesses')
      return body.items[0]?.failure === 'refused_as_fork' ? body : null
    },
    { what: 'the witness to refuse', timeoutMs: 30_000 },
  )
  t.match(alarm, {
    quorum: 'either',
    items: [
      { name: 'one', size: 0 },
      { name: 'two', failure: null },
    ],
  })
  t.ok(alarm.items[1].size >= 7 && alarm.items[1].cosigned_at !== null)
  const cosigned = await overseer('GET', '/v1/audit/log/checkpoint?witnessed=true')
  const { verified } = await openNote(cosigned.text, [
    await parseVerifierKey(log),
    await parseVerifierKey(two.vkey),
  ])
  t.equal(verified.length, 2)
})
