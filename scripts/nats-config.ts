// npm run nats-config -- DIR: writes the configuration of a nats-server that agencies attach to, and
// a key for each agency that has none yet. With the server running, --consumers makes the consumers
// that the agencies read from. Run it again when an agency was added, then reload the server.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { createUserKey, ensureConsumers, publicKeyOf, serverConfig } from '../src/bus/accounts.ts'
import { isLoopback } from '../src/config.ts'

const USAGE = `npm run nats-config -- DIR [--listen HOST:PORT] [--cert FILE --key FILE] [--consumers]
DATABASE_URL names the hub's database. DIR gets server.conf, hub.url and agencies/<id>.nk (all 0600).`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    listen: { type: 'string', default: '127.0.0.1:4222' },
    cert: { type: 'string' },
    key: { type: 'string' },
    consumers: { type: 'boolean', default: false },
  },
})
const [dir] = positionals
const databaseUrl = process.env['DATABASE_URL']
if (dir === undefined || databaseUrl === undefined) {
  console.error(USAGE)
  process.exit(1)
}

/** The file's text; made when it is missing. */
const keep = async (path: string, make: () => string): Promise<string> => {
  await writeFile(path, make(), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return (await readFile(path, 'utf8')).trim()
}

const host = values.listen.replace(/:\d+$/, '')
const tls =
  values.cert === undefined || values.key === undefined
    ? null
    : { cert: resolve(values.cert), key: resolve(values.key) }
if (tls === null && !isLoopback(host)) {
  console.error('Beyond loopback a server needs TLS: give --cert and --key.')
  process.exit(1)
}
await mkdir(join(dir, 'agencies'), { recursive: true, mode: 0o700 })
const scheme = tls === null ? 'nats' : 'tls'
const newUrl = () => `${scheme}://hub:${randomBytes(24).toString('base64url')}@${values.listen}`
const hubUrl = await keep(join(dir, 'hub.url'), newUrl)
const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
const rows = await sql<{ id: string }[]>`select id from directory.agency where active order by id`
await sql.end()
const ids = rows.map(({ id }) => id)
if (values.consumers) {
  await ensureConsumers(hubUrl, ids)
  console.log(`${ids.length} consumers are there.`)
} else {
  const agencies = []
  for (const agency of ids) {
    const seed = await keep(join(dir, 'agencies', `${agency}.nk`), () => createUserKey().seed)
    agencies.push({ agency, publicKey: publicKeyOf(seed) })
  }
  const { username: user, password } = new URL(hubUrl)
  const storeDir = join(resolve(dir), 'store')
  const config = serverConfig({
    listen: values.listen,
    tls,
    storeDir,
    hub: { user, password },
    agencies,
  })
  await writeFile(join(dir, 'server.conf'), config, { mode: 0o600 })
  console.log(`${agencies.length} agencies: nats-server --config ${join(dir, 'server.conf')}`)
  console.log(`The hub: NATS_URL=$(cat ${join(dir, 'hub.url')}) npm start`)
}
