import { join } from 'node:path'
import { readKept } from './kept.ts'
import { LOOPBACK } from './port.ts'

/** User of each embedded server who may do everything. */
export const USERS = { postgres: 'postgres', nats: 'hub' } as const

/** Where an embedded server listened last, with user and password; null: it never ran here. */
export const embeddedUrl = async (
  dataDir: string,
  name: keyof typeof USERS,
): Promise<string | null> => {
  const kept = await readKept(join(dataDir, `${name}.json`))
  if (kept === null) return null
  const url = `${name}://${USERS[name]}:${kept.password}@${LOOPBACK}:${kept.port}`
  return name === 'postgres' ? `${url}/postgres` : url
}
