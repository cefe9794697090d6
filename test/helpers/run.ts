/** What a test offers for tidying up; a tap test has it. */
export interface Teardown {
  teardown(work: () => unknown): unknown
}

/** A value that scripts/test.ts hands to the tests. */
export function setting(name: 'TEST_DATABASE_URL' | 'TEST_NATS_URL' | 'TEST_SECRET'): string {
  const value = process.env[name]
  if (value) return value
  throw new Error(`${name} is not set: run the tests with npm test, or npm test -- test/x.test.ts`)
}
