import type { FastifyRequest } from 'fastify'
import type { Tx } from '../../src/db.ts'
import type { Action } from '../../src/decide.ts'
import { Problem } from '../../src/problem.ts'
import { authorize } from '../../src/request.ts'
import { caseForChange, type CaseRow } from './tables.ts'

/**
 * The case of the path, of the caller's own agency, locked for a change.
 * @throws Problem not_found, the same for a foreign case and for none
 */
export const ownCase = async (
  tx: Tx,
  request: FastifyRequest,
  action: Action,
  id: string,
): Promise<CaseRow> => {
  const row = await caseForChange(tx, id)
  authorize(request, action, { kind: 'owned', owner: row?.owner ?? null }, { object: id })
  if (row === null) throw new Problem('not_found')
  return row
}
