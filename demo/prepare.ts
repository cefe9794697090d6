import { join } from 'node:path'
import type { Role } from '../src/contracts/codes.ts'
import type { Prepare } from '../src/start.ts'
import { makeSignInLink } from '../services/identity/registry.ts'
import { DEMO_AGENCIES, DEMO_HUB_PEOPLE } from './network.ts'
import { seed } from './seed.ts'

/** Whose links are printed: enough to see every kind of work, few enough to read. */
const SHOWN: readonly Role[] = ['case_worker', 'supervisor', 'reviewer']
const SHOWN_AGENCIES = 3

/** The folder, inside DATA_DIR, with the keys of the demonstration's programs. */
export const demonstrationFolder = (dataDir: string): string => join(dataDir, 'demonstration')

/**
 * Seeds the fictional network into an empty hub and makes fresh sign-in links. Runs only where
 * the hub listens on loopback alone.
 */
export const prepareDemonstration: Prepare = async ({ config, admin }) => {
  const seeded = await seed({ sql: admin, keysFolder: demonstrationFolder(config.dataDir) })
  if (seeded === 'foreign') return { lines: [] }
  const agencies = DEMO_AGENCIES.slice(0, SHOWN_AGENCIES).flatMap(({ agency, people }) =>
    people
      .filter((person) => SHOWN.includes(person.role))
      .map((person) => ({ person, of: agency.name_en })),
  )
  const hub = DEMO_HUB_PEOPLE.map((person) => ({ person, of: 'the hub' }))
  const lines = ['', 'Sign in as a fictional person (each link works once, for 10 minutes):']
  for (const { person, of } of [...agencies, ...hub]) {
    const path = await makeSignInLink(admin, person.id)
    const role = person.role.replaceAll('_', ' ')
    lines.push(`  ${role}, ${of}: ${person.display_name}`, `    ${config.publicUrl}${path}`)
  }
  lines.push('', 'See a whole hand-off: npm run demo (in another terminal)', '')
  return { lines }
}
