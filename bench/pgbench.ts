import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { StartFailure } from '../src/embedded/failure.ts'

const DEBIAN = '/usr/lib/postgresql'

/** pgbench of the PATH, or of Debian's postgresql package. */
export const findPgbench = (path: string): string => {
  const debian = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin'))
    : []
  for (const folder of [...path.split(delimiter), ...debian]) {
    const candidate = join(folder, 'pgbench')
    if (folder !== '' && existsSync(candidate)) return candidate
  }
  throw new StartFailure('pgbench is not here. On Debian or Ubuntu: apt-get install postgresql')
}

export interface PgbenchRun {
  readonly program: string
  readonly databaseUrl: string
  readonly scriptPath: string
  readonly clients: number
  readonly seconds: number
}

export const writeScript = (path: string, text: string): Promise<void> => writeFile(path, text)

/** Each connection plans the statement anew at first: these seconds are not counted. */
const WARM_UP_S = 4
const SLACK_S = 0.1

/**
 * Transactions per second of one script, each client waiting for its answer, prepared; over the
 * seconds after every connection has warmed up.
 */
export const runPgbench = async (run: PgbenchRun): Promise<number> => {
  const url = new URL(run.databaseUrl)
  const args = ['-n', '-M', 'prepared', '-c', String(run.clients), '-j', '2']
  const where = ['-h', url.hostname, '-p', url.port, '-U', url.username, url.pathname.slice(1)]
  const child = spawn(
    run.program,
    [...args, '-P', '1', '-T', String(WARM_UP_S + run.seconds), '-f', run.scriptPath, ...where],
    {
      // As every connection of the hub has it (src/db.ts).
      env: { PGPASSWORD: decodeURIComponent(url.password), PGOPTIONS: '-c enable_seqscan=off' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  await new Promise((done) => child.once('close', done))
  // A busy start delays the first lines: what counts is when a line was printed, not which it is.
  const counted = [...text.matchAll(/^progress: ([\d.]+) s, ([\d.]+) tps/gm)]
    .filter((line) => Number(line[1]) >= WARM_UP_S + 1 - SLACK_S)
    .map((line) => Number(line[2]))
  if (counted.length === 0 || /ERROR|aborted/.test(text)) throw new Error(`pgbench failed: ${text}`)
  return counted.reduce((sum, tps) => sum + tps, 0) / counted.length
}
