import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import { calculateJwkThumbprint } from 'jose'
import type { Actor } from '../../src/actor.ts'
import type { PublicJwk } from '../../src/contracts/agency-key.ts'
import type { NewProposal, ProposalRead } from '../../src/contracts/identity.ts'
import { sqlStateOf, type Tx } from '../../src/db.ts'
import { newId } from '../../src/id.ts'
import { append } from '../../src/journal.ts'
import { Problem } from '../../src/problem.ts'
import { fingerprintOf, isFingerprint } from './fingerprint.ts'
import { addPerson } from './people.ts'
import { admitKey, demandNewKey } from './agency-keys.ts'
import { checkProposal } from './valid.ts'

/** How many administrators of the hub must agree. */
const NEEDED = 2

/** A proposal whose key is known to be in the hands of whoever proposes it. */
export type KnownProposal = Omit<NewProposal, 'agency_key'> & {
  readonly agency_key?: { readonly jwk: PublicJwk }
}

/** A proposal whole, as no administrator sees it while it is open. */
export type Proposal = Omit<ProposalRead, 'program' | 'agency_key'> &
  Pick<KnownProposal, 'program' | 'agency_key'>

/**
 * A proposal for one reader. An administrator writes a key's fingerprint as the agency reads it aloud,
 * so that no answer tells it before the proposal is decided, nor the key that it follows from.
 */
export const shownTo = ({ agency }: Pick<Actor, 'agency'>, proposal: Proposal): ProposalRead => {
  if (agency !== null || proposal.state !== 'open') return proposal
  const { program, agency_key: ownKey, ...rest } = proposal
  const shown = { ...rest, fingerprint: null, ...(ownKey === undefined ? {} : { agency_key: {} }) }
  if (program === undefined) return shown
  const { client_id, scopes } = program
  return { ...shown, program: { client_id, scopes } }
}

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly kind: NewProposal['kind']
  readonly agency: string | null
  readonly about: Omit<KnownProposal, 'kind' | 'agency'> & { readonly person?: string }
  readonly fingerprint: string | null
  readonly proposed_by: string
  readonly proposed_at: string
  readonly state: ProposalRead['state']
  readonly version: number
  readonly approved_by: string[]
}

const SELECTED = sql`
  select p.id, p.kind, p.agency, p.about, p.fingerprint, p.proposed_by,
    to_char(p.proposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as proposed_at,
    p.state, p.version,
    array(select a.person from identity.approval a where a.proposal = p.id order by a.at) as approved_by
  from identity.proposal p`

const read = ({ about, agency, ...row }: Row): Proposal => ({
  ...row,
  ...about,
  ...(agency === null ? {} : { agency }),
})

/** The newest first. `agency` null: those of every agency and of the hub. */
export const listProposals = async (
  tx: Tx,
  agency: string | null,
  after: string | null,
  limit: number,
): Promise<Proposal[]> => {
  const rows = await tx.execute<Row>(sql`${SELECTED}
    where (${agency}::uuid is null or p.agency = ${agency}::uuid)
      and (${after}::uuid is null or p.id < ${after}::uuid)
    order by p.id desc limit ${limit}`)
  return rows.map(read)
}

export const findProposal = async (tx: Tx, id: string): Promise<Proposal | null> => {
  const [row] = await tx.execute<Row>(sql`${SELECTED} where p.id = ${id} for update of p`)
  return row === undefined ? null : read(row)
}

const MEMBER = {
  agency: 'admit',
  program: 'program',
  provider: 'provider',
  hub_person: 'hub_person',
  agency_key: 'agency_key',
} as const

/** The one member that belongs to the kind. @throws Problem invalid_request */
const aboutOf = (asked: KnownProposal): Row['about'] => {
  const member = MEMBER[asked.kind]
  const others = Object.values(MEMBER).filter((name) => name !== member)
  const isOne = asked[member] !== undefined && others.every((name) => asked[name] === undefined)
  if (isOne && (asked.agency === undefined) === (asked.kind === 'hub_person')) {
    return { [member]: asked[member] }
  }
  throw new Problem('invalid_request', {
    errors: [
      {
        field: `/${member}`,
        message: {
          id: `Usulan "${asked.kind}" memerlukan "${member}" dan lembaganya, dan tidak ada yang lain.`,
          en: `A proposal of "${asked.kind}" needs "${member}" and its agency, and nothing else.`,
        },
      },
    ],
  })
}

/** An administrator who proposes agrees by that. @throws Problem invalid_request, key_known */
export const makeProposal = async (
  tx: Tx,
  request: FastifyRequest,
  asked: KnownProposal,
): Promise<Proposal> => {
  const { actor } = request
  const about = aboutOf(asked)
  checkProposal(asked)
  if (asked.agency_key !== undefined) await demandNewKey(tx, asked.agency_key.jwk)
  const id = newId()
  const jwk = asked.program?.jwk ?? asked.agency_key?.jwk
  const fingerprint = jwk === undefined ? null : fingerprintOf(jwk)
  const [made] = await tx.execute(sql`
    insert into identity.proposal (id, kind, agency, about, fingerprint, proposed_by)
    values (${id}, ${asked.kind}, ${asked.agency ?? null}, ${JSON.stringify(about)}::jsonb,
      ${fingerprint}, ${actor.id})
    on conflict do nothing returning id`)
  // An agency's key is proposed once at a time: somebody else did, at this very moment.
  if (made === undefined) throw new Problem('key_known')
  // A key is agreed to by those who heard its fingerprint, also when they proposed it.
  if (actor.agency === null && fingerprint === null) {
    await tx.execute(
      sql`insert into identity.approval (proposal, person) values (${id}, ${actor.id})`,
    )
  }
  await append(tx, actor, {
    type: 'identity.proposal.made.v1',
    ...(asked.agency === undefined ? {} : { concerned: [asked.agency] }),
    object: id,
    data: { kind: asked.kind },
  })
  return (await findProposal(tx, id)) as Proposal
}

const carryOut = async (
  tx: Tx,
  request: FastifyRequest,
  proposal: Proposal,
): Promise<string | null> => {
  const { admit, program, provider, hub_person: hubPerson, agency_key: ownKey } = proposal
  const agency = proposal.agency ?? null
  if (admit !== undefined) {
    const { supervisor, language } = admit
    const person = { id: newId(), agency, display_name: supervisor, language }
    const { id } = await addPerson(tx, request, { ...person, roles: ['supervisor'] })
    await tx.execute(sql`
      update identity.person set enrols_from = now() + interval '24 hours' where id = ${id}`)
    return id
  }
  if (hubPerson !== undefined) {
    const { display_name, role } = hubPerson
    const person = {
      id: newId(),
      agency: null,
      display_name,
      roles: [role],
      language: 'id' as const,
    }
    return (await addPerson(tx, request, person)).id
  }
  if (program !== undefined) {
    const { kty, crv, x, y } = program.jwk
    const kid = program.jwk.kid ?? (await calculateJwkThumbprint(program.jwk))
    const key = { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }
    const rows = JSON.stringify([
      { id: program.client_id, agency, jwks: { keys: [key] }, scopes: program.scopes, cools: true },
    ])
    const [row] = await tx.execute<{ registered: boolean }>(
      sql`select registered from identity.register_clients(${rows}::text::jsonb)`,
    )
    if (row?.registered !== true) throw new Problem('name_taken')
  }
  if (ownKey !== undefined) await admitKey(tx, proposal, ownKey.jwk)
  if (provider !== undefined) {
    const { handle, issuer, client_id, active } = provider
    await tx.execute(sql`
      insert into identity.provider as v (agency, handle, issuer, client_id, active)
      values (${agency}, ${handle}, ${issuer}, ${client_id}, ${active})
      on conflict (agency) do update set handle = excluded.handle, issuer = excluded.issuer,
        client_id = excluded.client_id, active = excluded.active, version = v.version + 1`)
  }
  return null
}

/**
 * Agrees to a proposal; the second administrator who does carries it out.
 * @throws Problem already_decided, version_conflict, already_approved, fingerprint_differs, name_taken
 */
export const approveProposal = async (
  tx: Tx,
  request: FastifyRequest,
  proposal: Proposal,
  asked: { readonly version: number; readonly fingerprint?: string },
): Promise<Proposal> => {
  const { id, agency, kind } = proposal
  const concerned = agency === undefined ? {} : { concerned: [agency] }
  demandOpen(proposal, asked.version)
  if (proposal.approved_by.includes(request.actor.id)) throw new Problem('already_approved')
  if (proposal.fingerprint !== null && !isFingerprint(asked.fingerprint, proposal.fingerprint)) {
    throw new Problem('fingerprint_differs', {
      refused: { outcome: 'refused', object: id, reason: 'fingerprint', ...concerned },
    })
  }
  await tx.execute(
    sql`insert into identity.approval (proposal, person) values (${id}, ${request.actor.id})`,
  )
  const isEnough = proposal.approved_by.length + 1 >= NEEDED
  let person: string | null = null
  try {
    person = isEnough ? await carryOut(tx, request, proposal) : null
  } catch (error) {
    if (sqlStateOf(error) === '23505') throw new Problem('name_taken')
    throw error
  }
  const done = person === null ? {} : { person }
  await tx.execute(sql`
    update identity.proposal set version = version + 1, about = about || ${JSON.stringify(done)}::jsonb,
      state = case when ${isEnough} then 'carried_out' else state end where id = ${id}`)
  const type = isEnough ? 'identity.proposal.carried_out.v1' : 'identity.proposal.approved.v1'
  await append(tx, request.actor, { type, object: id, data: { kind }, ...concerned })
  return (await findProposal(tx, id)) as Proposal
}

const demandOpen = (proposal: ProposalRead, version: number): void => {
  if (proposal.state !== 'open')
    throw new Problem('already_decided', { members: { state: proposal.state } })
  if (proposal.version !== version) {
    throw new Problem('version_conflict', { members: { version: proposal.version } })
  }
}

/** @throws Problem already_decided or version_conflict */
export const rejectProposal = async (
  tx: Tx,
  request: FastifyRequest,
  proposal: Proposal,
  version: number,
): Promise<Proposal> => {
  const { id, agency, kind } = proposal
  demandOpen(proposal, version)
  await tx.execute(sql`
    update identity.proposal set state = 'rejected', version = version + 1 where id = ${id}`)
  await append(tx, request.actor, {
    type: 'identity.proposal.rejected.v1',
    ...(agency === undefined ? {} : { concerned: [agency] }),
    object: id,
    data: { kind },
  })
  return { ...proposal, state: 'rejected', version: version + 1 }
}
