const OUTAGE_CODES = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
])

/** SQLSTATE: 08 connection, 53 resources, 57P operator intervention; 40P01, 40001 lost a race. */
const OUTAGE_STATE = /^(08|53|57P|40P01|40001)/

/** True when a server is away or overloaded: the same work can succeed later, unchanged. */
export const isOutage = (error: unknown): boolean => {
  const own = (error as { code?: unknown } | null)?.code
  const cause = (error as { cause?: { code?: unknown } } | null)?.cause?.code
  return [own, cause].some(
    (code) => typeof code === 'string' && (OUTAGE_CODES.has(code) || OUTAGE_STATE.test(code)),
  )
}

/** SQLSTATE of a server that is there and does not let us in (PostgreSQL, appendix A). */
const REFUSALS = ['28P01', '28000', '3D000']

/** Whether Postgres refused the user, the password or the database's name. */
export const isRefused = (error: unknown): boolean =>
  REFUSALS.includes((error as { code?: string } | null)?.code ?? '')
