import { join } from 'node:path'
import { readKept, type Kept } from './kept.ts'
import { LOOPBACK } from './port.ts'

export type EmbeddedServer = 'postgres' | 'nats'

/** User of each embedded server who may do everything. */
export const USERS: Readonly<Record<EmbeddedServer, string>> = { postgres: 'postgres', nats: 'hub' }

/** Where an embedded server listens, with user and password. */
export const urlOf = (name: EmbeddedServer, { password, port }: Kept): string => {
  const url = `${name}://${USERS[name]}:${password}@${LOOPBACK}:${port}`
  return name === 'postgres' ? `${url}/postgres` : url
}

/** Where an embedded server listened last; null: it never ran here. */
export const embeddedUrl = async (
  dataDir: string,
  name: EmbeddedServer,
): Promise<string | null> => {
  const kept = await readKept(join(dataDir, `${name}.json`))
  return kept === null ? null : urlOf(name, kept)
}
