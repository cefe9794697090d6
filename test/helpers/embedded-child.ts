// A process that runs the embedded servers: tells what it started as one JSON line, stops them on
// SIGTERM. Arguments: the data folder, the nats-server to use.
import { startNats } from '../../src/embedded/nats.ts'
import { startPostgres } from '../../src/embedded/postgres.ts'

const [dir = '', bin = ''] = process.argv.slice(2)
const tell = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const progress = (text: string) => void process.stderr.write(`${text}\n`)

try {
  const started = await Promise.all([
    startPostgres({ dir, fsync: false, progress }),
    startNats({ dir, bin, progress }),
  ])
  const [postgres, nats] = started
  const alive = setInterval(() => {}, 60_000)
  process.once('SIGTERM', () => {
    clearInterval(alive)
    void Promise.all(started.map((server) => server.stop()))
  })
  tell({
    postgres: { url: postgres.url, pid: postgres.pid },
    nats: { url: nats.url, pid: nats.pid },
  })
} catch (error) {
  tell({ error: (error as Error).message })
  process.exitCode = 1
}
