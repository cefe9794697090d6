/** Everything that the doctor can find wrong; `cli/doctor/texts.ts` has the words. */
export const CODES = [
  'settings_wrong',
  'address_plain',
  'keys_missing',
  'keys_loose',
  'keys_foreign',
  'disk_low',
  'database_away',
  'database_refused',
  'database_old',
  'schema_behind',
  'schema_ahead',
  'connections_scarce',
  'clock_off',
  'nats_away',
  'nats_refused',
  'nats_open',
  'streams_missing',
  'dead_letters',
  'ledger_behind',
  'timers_late',
  'tasks_open',
  'witness_silent',
  'quorum_missing',
  'mail_away',
  'hub_away',
  'hub_not_ready',
] as const

export type Code = (typeof CODES)[number]

/** Something that a person should mend; `facts` fill the words, and hold nothing secret or personal. */
export interface Finding {
  readonly code: Code
  readonly facts: Readonly<Record<string, string | number>>
}

/** One part of the hub that was looked at, and what was found. Nothing found: it is well. */
export interface Looked {
  readonly part: Part
  readonly findings: readonly Finding[]
}

/** In the order of the screen. */
export const PARTS = [
  'settings',
  'keys',
  'disk',
  'database',
  'nats',
  'ledger',
  'clocks',
  'notices',
  'witnesses',
  'mail',
  'hub',
] as const

export type Part = (typeof PARTS)[number]

export const found = (code: Code, facts: Finding['facts'] = {}): Finding => ({ code, facts })
