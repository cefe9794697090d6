/** What a survivor consents to in tests, but for the case and the recipients. */
export const CONSENTED = {
  status: 'given',
  purposes: ['shelter'],
  categories: ['identity', 'safety'],
  onward: 'none',
  method: 'written',
  language: 'id',
  notice: { version: '2026-10', sha256: 'a'.repeat(64) },
  interpreter: false,
} as const
