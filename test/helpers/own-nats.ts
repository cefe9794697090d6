import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config.ts'
import { startNats } from '../../src/embedded/nats.ts'
import type { Embedded } from '../../src/embedded/postgres.ts'

/** A nats-server of the test's own, to be killed, stopped and robbed of its store. */
export interface OwnNats {
  readonly url: string
  /** Everything it writes: configuration, store, log. */
  readonly folders: readonly string[]
  /** kill -9; the supervisor starts it again at once. */
  kill(): void
  stop(): Promise<void>
  /** Starts a stopped server at the same address. */
  start(): Promise<void>
  /** Stops it, deletes everything it stored, and starts it again. */
  loseStore(): Promise<void>
  end(): Promise<void>
}

export const startOwnNats = async (): Promise<OwnNats> => {
  const dir = await mkdtemp(join(tmpdir(), 'titian-nats-'))
  // As root the server runs under another user, who must be able to enter.
  await chmod(dir, 0o755)
  const bin = loadConfig(process.env).natsServerBin ?? undefined
  let server: Embedded | null = await startNats({ dir, bin })
  const { url } = server
  const kept = JSON.parse(await readFile(join(dir, 'nats.json'), 'utf8')) as { folder: string }
  const stop = async (): Promise<void> => {
    await server?.stop()
    server = null
  }
  const start = async (): Promise<void> => {
    server = await startNats({ dir, bin })
    if (server.url !== url) throw new Error('another program took the port meanwhile')
  }
  return {
    url,
    folders: [dir, kept.folder],
    stop,
    start,
    kill: () => {
      if (server !== null) process.kill(server.pid, 'SIGKILL')
    },
    loseStore: async () => {
      await stop()
      await rm(join(kept.folder, 'store'), { recursive: true, force: true })
      await start()
    },
    end: async () => {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
