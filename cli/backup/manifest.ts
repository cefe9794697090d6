import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Keys } from '../../src/keys.ts'
import { UsageError } from '../command.ts'

const strict = { additionalProperties: false }
const Hex = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** What a backup says of itself. */
export const Manifest = Type.Object(
  {
    format: Type.Literal('titian-backup-1'),
    at: Type.String({
      format: 'date-time',
      description: 'UTC; all that was committed by then is in it',
    }),
    versions: Type.Record(Type.String(), Type.String()),
    sequences: Type.Record(Type.String(), Type.String()),
    /** Newest head of the ledger in the backup, a C2SP signed note; null: none yet. */
    checkpoint: Type.Union([Type.String(), Type.Null()]),
    tables: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[a-z_]+\\.[a-z_]+$' }),
          columns: Type.Array(Type.String()),
          rows: Type.Integer({ minimum: 0 }),
          file: Type.String({ pattern: '^[a-z_]+\\.[a-z_]+\\.box$' }),
          bytes: Type.Integer({ minimum: 0, description: 'Of the sealed file' }),
          sha256: Hex,
        },
        strict,
      ),
    ),
  },
  strict,
)
export type Manifest = Static<typeof Manifest>

const NAME = 'manifest.json'

const macOf = (keys: Keys, body: string): Buffer =>
  createHmac('sha256', keys.derive('backup/manifest')).update(body).digest()

/** Two lines: the manifest, and its HMAC under the hub's master key. */
export const writeManifest = async (
  folder: string,
  keys: Keys,
  manifest: Manifest,
): Promise<void> => {
  const body = JSON.stringify(manifest)
  const text = `${body}\n${macOf(keys, body).toString('hex')}\n`
  await writeFile(join(folder, NAME), text, { mode: 0o600, flag: 'wx' })
}

/** @throws UsageError when there is none, it was altered, or another hub's keys made it */
export const readManifest = async (folder: string, keys: Keys): Promise<Manifest> => {
  const path = join(folder, NAME)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code}). Name the folder of a backup.`)
  })
  const [body = '', mac = ''] = text.split('\n')
  const given = Buffer.from(mac, 'hex')
  const right = macOf(keys, body)
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new UsageError(
      `${path} was not written with the keys in hand, or was altered. Put the keys of that hub in place.`,
    )
  }
  const manifest: unknown = JSON.parse(body)
  if (!Value.Check(Manifest, manifest)) {
    throw new UsageError(`${path} is of another version of Titian. Restore with that version.`)
  }
  return manifest
}
