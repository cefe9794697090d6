import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  formatSignerKey,
  generateSigner,
  parseSignerKey,
  type NoteSigner,
} from '../services/audit/note.ts'
import { COSIGNATURE, NoteError, parseVerifierKey, type NoteVerifier } from '../src/proof/note.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'
import { createWitness } from './witness/server.ts'
import { openState } from './witness/state.ts'

/** Reads the witness's key, making it on the first start. */
const signerOf = (path: string, name: string | undefined): NoteSigner => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    if (name === undefined) {
      throw new UsageError(
        `There is no key in ${path} yet. Name the witness: --name agency.example`,
      )
    }
    try {
      text = formatSignerKey(generateSigner(name, COSIGNATURE))
    } catch (fault) {
      if (fault instanceof NoteError) throw new UsageError('--name: without spaces and without +')
      throw fault
    }
    writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' })
  }
  const signer = parseSignerKey(text.trim())
  if (signer.type !== COSIGNATURE) throw new UsageError(`${path} is not a key of a witness.`)
  return signer
}

const logsOf = async (vkeys: readonly string[]): Promise<NoteVerifier[]> =>
  await Promise.all(
    vkeys.map(async (vkey) => {
      try {
        return await parseVerifierKey(vkey)
      } catch (error) {
        if (error instanceof NoteError) throw new UsageError(`--log: not a verifier key: ${vkey}`)
        throw error
      }
    }),
  )

const witness = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = argumentsOf(args, {
    name: { type: 'string' },
    dir: { type: 'string', default: 'witness' },
    log: { type: 'string', multiple: true, default: [] },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '7380' },
  })
  if (positionals.length > 0) throw new UsageError(`Not understood: ${positionals.join(' ')}`)
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError('--port is a whole number from 0 to 65535')
  }
  await mkdir(values.dir, { recursive: true, mode: 0o700 })
  const signer = signerOf(join(values.dir, 'witness.key'), values.name)
  const logs = await logsOf(values.log)
  process.stdout.write(`witness ${signer.name}\n${signer.vkey}\n`)
  if (logs.length === 0) {
    process.stdout.write(
      'It watches no ledger yet: --log KEY, as GET /v1/audit/key of a hub answers.\n',
    )
    return 0
  }
  const state = await openState(join(values.dir, 'heads'))
  const now = (): number => Math.floor(Date.now() / 1000)
  const server = createWitness({ signer, logs, state, now })
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  server.listen(port, values.host)
  await once(server, 'listening')
  const at = server.address() as AddressInfo
  process.stdout.write(`Takes checkpoints at http://${values.host}:${at.port}/. Ctrl-C stops it.\n`)
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort')
  server.close()
  server.closeAllConnections()
  return 0
}

export const witnessCommand: Command = {
  words: ['witness'],
  usage:
    'npx titian witness --log KEY [--log KEY…] [--name NAME] [--dir FOLDER] [--host HOST] [--port PORT]',
  summary: "cosign the heads of a hub's ledger, so that it cannot show two histories",
  help: `Takes checkpoints of the ledgers named, checks that each continues the last, and cosigns it
(c2sp.org/tlog-witness). It sees sizes and hashes and nothing else.

  --log KEY      key of a ledger, as GET /v1/audit/key of its hub answers; may be repeated
  --name NAME    name of this witness, such as witness.agency.example; needed on the first start
  --dir FOLDER   where its key (0600) and the last heads are kept; witness when not said
  --host, --port where it listens; 127.0.0.1 and 7380 when not said

Without --log it prints its own key and ends. Give that key to the hub and to whoever checks bundles.
GET /latest/<origin> answers the last head with its cosignature: compare it with other witnesses'.`,
  run: witness,
}
