// Goal: a start that cannot go on, or must not, says why in one line and leaves nothing running.
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { all } from '../services/all.ts'
import { StartFailure } from '../src/embedded/failure.ts'
import { start } from '../src/start.ts'
import { setting } from './helpers/run.ts'

const scratch = await mkdtemp(join(tmpdir(), 'titian-start-'))
await chmod(scratch, 0o755)
t.teardown(() => rm(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))

const startIn = (dataDir: string, signal?: AbortSignal) =>
  start(all, { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' }, null, signal)

t.test('a data folder that cannot be one', async (test) => {
  const file = join(scratch, 'file')
  await writeFile(file, '')
  await test.rejects(
    startIn(file),
    new StartFailure(`${file} is a file; choose a folder with DATA_DIR.`),
  )
  await test.rejects(startIn(join(file, 'x')), { name: 'StartFailure' })
  if (process.platform === 'linux') {
    await test.rejects(
      startIn('/proc/nope/data'),
      new StartFailure('No folder can be made at /proc/nope.'),
    )
  }
})

t.test('a start that is called off', { skip: process.platform !== 'linux' }, async (test) => {
  const dataDir = join(scratch, 'called', 'off')
  const why = new Error('called off')
  await test.rejects(startIn(dataDir, AbortSignal.abort(why)), why)
  const found = await readdir(dataDir)
  test.ok(found.includes('nats.json'), 'the folder was made, with what lay above it')
  test.notOk(
    found.some((name) => name.endsWith('.lock')),
    'no lock is left',
  )
  const left: string[] = []
  for (const name of await readdir('/proc')) {
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(dataDir)) left.push(command)
  }
  test.same(left, [], 'no server is left')
})

t.test('a port that is taken is said before anything is made', async (test) => {
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  test.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const dataDir = join(scratch, 'never')
  await test.rejects(start(all, { PORT: String(port), DATA_DIR: dataDir }, null), {
    name: 'StartFailure',
    message: new RegExp(`^Port ${port} is in use\\.`),
  })
  await test.rejects(readdir(dataDir), { code: 'ENOENT' })
})

t.test('a NATS_URL at which something else answers, or nobody may come in', async (test) => {
  const mute = createServer()
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  test.teardown(() => mute.close())
  const { port } = mute.address() as AddressInfo
  const env = { PORT: '0', DATA_DIR: join(scratch, 'nats'), LOG_LEVEL: 'silent' }
  const startWith = (natsUrl: string) =>
    start(all, { ...env, NATS_URL: natsUrl, DATABASE_URL: setting('TEST_DATABASE_URL') }, null)
  await test.rejects(
    startWith(`nats://127.0.0.1:${port}`),
    new StartFailure(
      'NATS_URL cannot be reached (no answer within 5 s). Check the address and the server.',
    ),
  )
  const wrong = new URL(setting('TEST_NATS_URL'))
  wrong.password = 'wrong'
  await test.rejects(
    startWith(wrong.href),
    new StartFailure('NATS_URL: the server refused the user or password.'),
  )
})
