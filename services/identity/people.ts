import { sql } from 'drizzle-orm'
import type { Static } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { ChangedPerson, PersonRead } from '../../src/contracts/identity.ts'
import type { Tx } from '../../src/db.ts'
import { append } from '../../src/journal.ts'
import { Problem } from '../../src/problem.ts'
import { authorize } from '../../src/request.ts'

type Row = PersonRead & Record<string, unknown>

const SELECTED = sql`
  select p.id, p.agency, p.display_name, p.roles, p.language, p.active, p.version,
    exists (select from identity.account a where a.person = p.id)
      or exists (select from identity.subject s where s.person = p.id) as enrolled
  from identity.person p`

/** People of one agency, or (null) of the hub itself, in the order of their ids. */
export const listPeople = async (
  tx: Tx,
  agency: string | null,
  after: string | null,
  limit: number,
): Promise<PersonRead[]> => [
  ...(await tx.execute<Row>(sql`${SELECTED}
    where p.agency is not distinct from ${agency}::uuid and (${after}::uuid is null or p.id > ${after}::uuid)
    order by p.id limit ${limit}`)),
]

export const findPerson = async (tx: Tx, id: string): Promise<PersonRead | null> => {
  const [row] = await tx.execute<Row>(sql`${SELECTED} where p.id = ${id}`)
  return row ?? null
}

/**
 * The person, when the caller may change them: a supervisor those of the own agency, an administrator
 * those of the hub and supervisors of agencies. @throws Problem not_found
 */
export const demandPerson = async (
  tx: Tx,
  request: FastifyRequest,
  id: string,
): Promise<PersonRead> => {
  const person = await findPerson(tx, id)
  const { actor } = request
  const isHub = actor.kind === 'person' && actor.agency === null
  const isTheirs = person?.agency === null || person?.roles.includes('supervisor') === true
  const owner = isHub && person !== null && isTheirs ? null : (person?.agency ?? null)
  if (!isHub || owner !== null || person === null) {
    authorize(request, 'people.write', { kind: 'owned', owner }, { object: id })
  }
  if (person === null) throw new Problem('not_found')
  return person
}

/** Roles that somebody of an agency, or of the hub, can have. @throws Problem invalid_request */
export const demandRoles = (agency: string | null, roles: readonly string[]): void => {
  const isOfHub = (role: string): boolean =>
    role === 'hub_administrator' || role === 'oversight_reviewer'
  const fits =
    agency === null
      ? roles.every(isOfHub) && (roles.length === 1 || !roles.includes('hub_administrator'))
      : !roles.some(isOfHub)
  if (fits) return
  throw new Problem('invalid_request', {
    errors: [
      {
        field: '/roles',
        message: {
          id: 'Orang lembaga memegang peran lembaga; pengelola hub hanya peran itu saja.',
          en: 'People of an agency have roles of an agency; an administrator of the hub that role alone.',
        },
      },
    ],
  })
}

/** Whether nobody else active has the role that keeps the place running. */
const isLast = async (tx: Tx, person: PersonRead): Promise<boolean> => {
  const role = person.agency === null ? 'hub_administrator' : 'supervisor'
  if (!person.active || !person.roles.includes(role)) return false
  // Locked, so that two who take each other's role away do not both succeed.
  const rows = await tx.execute<{ id: string }>(sql`
    select id from identity.person where agency is not distinct from ${person.agency}::uuid
      and active and ${role} = any(roles) order by id for update`)
  return rows.every(({ id }) => id === person.id)
}

/** @throws Problem version_conflict, last_supervisor, own_account or invalid_request */
export const changePerson = async (
  tx: Tx,
  request: FastifyRequest,
  person: PersonRead,
  change: Static<typeof ChangedPerson>,
): Promise<PersonRead> => {
  const keeper = person.agency === null ? 'hub_administrator' : 'supervisor'
  demandRoles(person.agency, change.roles)
  const isOwn = person.id === request.actor.id
  const loses = !change.active || !change.roles.includes(keeper)
  if (isOwn && loses) throw new Problem('own_account')
  if (loses && (await isLast(tx, person))) throw new Problem('last_supervisor')
  const roles = `{${change.roles.join(',')}}`
  const changed = await tx.execute(sql`
    update identity.person set display_name = ${change.display_name}, roles = ${roles}::text[],
      language = ${change.language}, active = ${change.active}, version = version + 1
    where id = ${person.id} and version = ${change.version} returning id`)
  if (changed.length === 0) {
    throw new Problem('version_conflict', { members: { version: person.version } })
  }
  if (!change.active) await endSessionsOf(tx, person.id)
  await append(tx, request.actor, {
    type: 'identity.person.changed.v1',
    ...(person.agency === null ? {} : { concerned: [person.agency] }),
    object: person.id,
    data: { roles: change.roles, active: change.active },
  })
  return { ...person, ...change, version: change.version + 1 }
}

/** Ends every session of a person. Answers how many there were. */
export const endSessionsOf = async (tx: Tx, person: string): Promise<number> => {
  const asked = JSON.stringify([{ person }])
  const [row] = await tx.execute<{ count: number }>(
    sql`select count from identity.end_sessions_of(${asked}::text::jsonb)`,
  )
  return row?.count ?? 0
}

/** @throws Problem invalid_request when the roles do not fit */
export const addPerson = async (
  tx: Tx,
  request: FastifyRequest,
  person: Pick<PersonRead, 'id' | 'agency' | 'display_name' | 'roles' | 'language'>,
): Promise<PersonRead> => {
  demandRoles(person.agency, person.roles)
  const roles = `{${person.roles.join(',')}}`
  await tx.execute(sql`
    insert into identity.person (id, agency, display_name, roles, language)
    values (${person.id}, ${person.agency}, ${person.display_name}, ${roles}::text[], ${person.language})`)
  await append(tx, request.actor, {
    type: 'identity.person.registered.v1',
    ...(person.agency === null ? {} : { concerned: [person.agency] }),
    object: person.id,
    data: { roles: person.roles },
  })
  return { ...person, active: true, version: 1, enrolled: false }
}
