import { HubError } from '../../src/client/http.ts'
import type { Wrong } from './parts/fields.tsx'

/** Refusals that the person at the form can mend there. */
const CURABLE: readonly unknown[] = [400, 409, 422]

/**
 * What the API refused, field by field, or else beside `field` in its own words.
 * @throws whatever the form itself cannot cure: signed out, not found, not permitted, a hub that is away
 */
export const wrongOf = (error: unknown, field: string): readonly Wrong[] => {
  if (!(error instanceof HubError) || !CURABLE.includes(error.status)) throw error
  if (error.errors.length > 0) return error.errors
  return [{ field, message: String(error.problem['detail'] ?? error.code) }]
}
