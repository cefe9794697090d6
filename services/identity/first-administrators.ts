import type { Sql } from 'postgres'
import { newId } from '../../src/id.ts'
import { makeInvitation, registerPerson } from './registry.ts'

/** Two, since what founds trust needs two. */
const NEEDED = 2

/**
 * Fresh invitations for the administrators that a hub begins with, until two of them can sign in;
 * then none, for ever. Answers lines for whoever starts the hub, and nobody else.
 */
export const inviteFirstAdministrators = async (
  admin: Sql,
  publicUrl: string,
): Promise<readonly string[]> => {
  const people = await admin<{ id: string; enrolled: boolean }[]>`
    select p.id, exists (select from identity.account a where a.person = p.id)
      or exists (select from identity.subject s where s.person = p.id) as enrolled
    from identity.person p where 'hub_administrator' = any(p.roles) and p.active order by p.id`
  const enrolled = people.filter((person) => person.enrolled).length
  if (enrolled >= NEEDED) return []
  const waiting = people.filter((person) => !person.enrolled).map(({ id }) => id)
  for (let n = people.length; n < NEEDED; n += 1) {
    const displayName = `Pengelola Hub ${n + 1}`
    const role = 'hub_administrator' as const
    waiting.push(
      await registerPerson(admin, { id: newId(), agency: null, displayName, roles: [role] }),
    )
  }
  const lines = ['', 'Invitations for the first administrators (each good once, for 7 days):']
  for (const id of waiting.slice(0, NEEDED - enrolled)) {
    lines.push(`  ${publicUrl}${await makeInvitation(admin, id, 'hub')}`)
  }
  return [...lines, '']
}
