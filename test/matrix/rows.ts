/**
 * The table of the matrix. Each route of the document with an id in its path belongs to one line, the
 * longest that its path begins with: what kind of thing the id names. A new route below a line that is
 * here needs nothing; any other fails the build until it has a line.
 */
export const THINGS: Readonly<Record<string, Thing>> = {
  '/v1/referrals/{id}': 'referral',
  '/v1/break-glass/{id}': 'break_glass',
  '/v1/cases/{id}': 'case',
  '/v1/consents/{id}': 'consent',
  '/v1/lawful-bases/{id}': 'consent',
  '/v1/withdrawals/{id}': 'withdrawal',
  '/v1/stop-orders/{id}': 'stop_order',
  '/v1/identity/people/{id}': 'person',
  '/v1/identity/programs/{client}': 'program',
  '/v1/identity/proposals/{id}': 'proposal',
  '/v1/directory/agencies/{id}': 'agency',
  '/v1/directory/services/{id}': 'service',
  '/v1/agencies/{id}': 'agency',
  '/v1/messages/{id}': 'message',
  '/v1/attachments/{id}': 'attachment',
  '/v1/files/{id}': 'file',
  '/v1/channels/{id}': 'channel',
  '/v1/notices/{id}': 'notice',
  '/v1/tasks/{id}': 'task',
  '/v1/audit/cases/{case}': 'case',
  '/v1/audit/cases/{id}': 'case',
  '/v1/audit/questions/{id}': 'question',
  '/v1/agency-keys/{agency}': 'agency',
  '/v1/directory/hsds-imports/{id}': 'import',
  '/v1/case-imports/{id}': 'case_import',
  '/hsds/': 'public',
  '/v1/audit/entries/{n}': 'code',
  '/v1/audit/rules/{name}': 'code',
  '/v1/gap-rules/{rule}': 'code',
  '/v1/preferences/{for}': 'code',
  '/v1/status-lists/{list}': 'code',
  '/v1/audit/log/tile/': 'code',
}

/**
 * What ids in queries, bodies and further down in paths name, by the name of the field. `free` is what
 * the caller makes up, or what everybody may name.
 */
export const FIELDS: Readonly<Record<string, Thing | 'free'>> = {
  case: 'case',
  object: 'referral',
  previous: 'referral',
  referral: 'referral',
  entry: 'entry',
  note: 'note',
  author: 'free',
  owner: 'free',
  id: 'free',
  after: 'free',
  agency: 'agency',
  with: 'agency',
  holder: 'agency',
  recipient: 'free',
  recipients: 'free',
  service: 'free',
  suggested: 'free',
  manager: 'person',
}

/** Bodies that a schema alone does not say how to fill, by the end of the path. */
export const EXAMPLES: Readonly<Record<string, object>> = {
  '/v1/events/poll': { returnImmediately: true },
  '/ask': { version: 1, questions: [{ topic: 'languages' }] },
  '/assessments': {
    assessed_on: '2026-01-02',
    method: 'interview',
    findings: { narrative: { summary: 'x' } },
  },
}

export type Thing =
  | 'referral'
  | 'case'
  | 'consent'
  | 'withdrawal'
  | 'stop_order'
  | 'person'
  | 'program'
  | 'proposal'
  | 'channel'
  | 'notice'
  | 'task'
  | 'question'
  | 'entry'
  | 'note'
  | 'message'
  | 'break_glass'
  | 'attachment'
  /** The opening of an attachment, as yet unused. */
  | 'file'
  | 'import'
  | 'case_import'
  /** What everybody signed in may read, and its agency alone may write. */
  | 'agency'
  | 'service'
  /** What everybody signed in may read. */
  | 'public'
  /** No id at all: a word or a number, which names something of the caller's own agency or of the hub. */
  | 'code'

/** Things whose reading is open to everybody: such answers are looked through for foreign bytes alone. */
export const READABLE: readonly Thing[] = ['agency', 'service', 'public', 'code']

/** Whom a line's things are not foreign to, though they are of another agency. */
export const ENTITLED: Readonly<Partial<Record<Thing, readonly string[]>>> = {
  // Administrators of the hub look after agencies, supervisors, programs, keys and the directory.
  agency: ['hub_administrator'],
  person: ['hub_administrator'],
  program: ['hub_administrator'],
  proposal: ['hub_administrator'],
  import: ['hub_administrator'],
}

/** Where ids of other agencies are due: lists for a role of the hub. Words of a case are due nowhere. */
export const OPEN: Readonly<Record<string, readonly string[]>> = {
  '/v1/audit/': ['oversight_reviewer'],
  '/v1/identity/': ['hub_administrator'],
  // Those of the hub itself, which name the referral that nobody took.
  '/v1/tasks': ['hub_administrator'],
}

/** Lists that everybody may ask about any agency. */
export const PUBLIC_LISTS: readonly string[] = ['/v1/directory/services']

/** What the caller's own agency did, in which is that it asked for something: compared with nothing. */
export const OWN_TRAIL: readonly string[] = ['/v1/audit/entries', '/v1/audit/bundle']
