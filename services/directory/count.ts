import type { FastifyRequest } from 'fastify'
import type { Capacity, CapacityRead, Unit } from '../../src/contracts/capacity.ts'
import type { Tx } from '../../src/db.ts'
import type { Action } from '../../src/decide.ts'
import { newId } from '../../src/id.ts'
import { append } from '../../src/journal.ts'
import { Problem } from '../../src/problem.ts'
import { authorize } from '../../src/request.ts'
import { placesOf, reading } from './places.ts'
import { serviceById, type ServiceRow } from './tables.ts'

/** @throws Problem not_found, the same for a foreign service and for none */
export const ownService = async (
  tx: Tx,
  request: FastifyRequest,
  action: Action,
  id: string,
): Promise<ServiceRow> => {
  const row = await serviceById(tx, id)
  authorize(request, action, { kind: 'owned', owner: row?.service.agency ?? null }, { object: id })
  if (row === null) throw new Problem('not_found')
  return row
}

/** There cannot be more empty than there are. */
export const checkCount = ({
  available,
  maximum,
}: Pick<Capacity, 'available' | 'maximum'>): void => {
  if (available <= maximum) return
  throw new Problem('invalid_request', {
    errors: [
      {
        field: 'available',
        message: {
          id: `Paling banyak ${maximum}, yaitu jumlah seluruhnya.`,
          en: `At most ${maximum}, which is all there are.`,
        },
      },
    ],
  })
}

/** Puts a count on the record and into the agency's own history; answers what is left. */
export const recordCount = async (
  tx: Tx,
  request: FastifyRequest,
  row: Capacity,
): Promise<CapacityRead> => {
  const { service, agency, unit, maximum, available, version } = row
  const noted = { service, agency, unit, maximum, available }
  await tx.insert(reading).values({
    ...noted,
    id: newId(),
    at: new Date().toISOString(),
    cause: 'counted',
  })
  await append(tx, request.actor, {
    type: 'directory.capacity.changed.v1',
    object: service,
    data: { unit, maximum, available, version },
  })
  return await readOne(tx, service, unit)
}

const readOne = async (tx: Tx, service: string, unit: Unit): Promise<CapacityRead> => {
  const found = (await placesOf(tx, [service])).find((places) => places.unit === unit)
  if (found === undefined) throw new Problem('not_found')
  return found
}
