// Goal: a start that cannot go on, or must not, says why in one line and leaves nothing running.
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { all } from '../services/all.ts'
import { StartFailure } from '../src/embedded/failure.ts'
import { start } from '../src/start.ts'

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
