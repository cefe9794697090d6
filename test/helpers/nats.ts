import { setting } from './run.ts'

/** How many accounts the server of a test run has; each test file gets one for itself. */
export const ACCOUNTS = 200

/**
 * A NATS URL (user and password in it) whose account, streams included, belongs to this test file
 * alone. JetStream is empty in it when the file starts.
 */
export function natsUrl(): string {
  const url = new URL(setting('TEST_NATS_URL'))
  url.username = accountName(Number(process.env['TAP_CHILD_ID'] ?? 0) % ACCOUNTS)
  return url.href
}

export const accountName = (n: number): string => `test${n}`
