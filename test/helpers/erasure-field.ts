import type postgres from 'postgres'
import { newId } from '../../src/id.ts'

/**
 * Tables that hold something of a survivor, each reached by `audit.erase`: by the `erase_content(uuid)` of
 * its schema, or by the trail itself. A new table of a case joins here, in its schema's function and in
 * `plant`.
 */
export const REACHED = [
  'audit.disclosure',
  'audit.name',
  'audit.question',
  'cases.access',
  'cases.case_record',
  'cases.datum',
  'cases.do_not_send',
  'cases.entrusted',
  'cases.entry',
  'cases.entry_access',
  'cases.entry_box',
  'cases.gap',
  'cases.import_box',
  'cases.import_row',
  'cases.own_wish',
  'cases.pathway',
  'cases.referral_fact',
  'cases.risk_assessment',
  'cases.stage',
  'consent."grant"',
  'consent.statement',
  'consent.statement_copy',
  'consent.stop_order',
  'consent.withdrawal',
  'journal.answer',
  'journal.entry',
  'messages.access',
  'messages.attachment',
  'messages.message',
  'referrals.access',
  'referrals.break_glass',
  'referrals.note',
  'referrals.package',
  'referrals.proof',
  'referrals.referral',
] as const

/** Tables that hold nothing of a survivor but ids that lead nowhere any more, and why. */
export const KEPT: Readonly<Record<string, string>> = {
  'audit.checkpoint': 'hashes',
  'audit.feed': 'numbers',
  'audit.feed_checkpoint': 'hashes',
  'audit.feed_head': 'hashes',
  'audit.leaf': 'salted digests',
  'audit.review': 'numbers of entries, and who reviewed',
  'audit.rule': 'settings of an agency; ids of honey cases, which are nobody',
  'audit.tile': 'hashes',
  'audit.witness': 'names of witnesses',
  'audit.witnessed': 'hashes',
  'cases.former_owner': 'which agency had the case: it must go on to be refused',
  'cases.gap_setting': 'rules of the hub',
  'cases.import': 'headers of an agency`s own file, sealed, for seven days',
  'cases.import_landed': 'keyed digests: what landed once must not land again',
  'consent.agency_key': 'public keys of agencies',
  'consent.event_stream': 'addresses of agencies',
  'consent.permit_end': 'numbers of permits: they must stay ended',
  'consent.permit_key': 'keys of the hub',
  'consent.security_event': 'orders to stop: a holder must go on to be told',
  'journal.inbox': 'ids of entries',
  'journal.timer': 'ids of hand-offs',
  'notifications.channel': 'addresses of workers, sealed',
  'notifications.delivery': 'ids of entries',
  'notifications.host': 'hosts of agencies',
  'notifications.preference': 'wishes of workers',
  'notifications.seen': 'numbers',
  'notifications.task': 'ids and codes of hand-offs and channels',
  'referrals.agreement': 'between agencies',
  'referrals.phone_link': 'digests of links, each good for a day',
}

/** Schemas about agencies and their workers, without a survivor in them. */
export const KEPT_SCHEMAS = ['directory', 'identity'] as const

export interface Ground {
  readonly caseId: string
  readonly sender: string
  readonly recipient: string
  readonly word: string
}

/** A row in every table that is reached, with the word in each of its free columns. */
export const plant = async (sql: postgres.Sql, ground: Ground): Promise<void> => {
  const { caseId, sender, recipient, word } = ground
  const [entry, referral, statement, withdrawal] = [newId(), newId(), newId(), newId()]
  const box = Buffer.from(word)
  const now = new Date()
  const about = { id: newId(), case_id: caseId }
  const grantKey = { owner: sender, recipient, purpose: 'shelter', categories: [word] }
  const ends = { ends_at: now, sensitive_ends_at: now }
  await sql`update cases.case_record set ${sql({ reference: word, district: word, languages: [word], needs: [word] })}
    where id = ${caseId}`
  await sql`insert into cases.own_wish ${sql({ ...about, purpose: word, wish: 'undecided', recorded_by: 'test' })}`
  await sql`insert into cases.risk_assessment ${sql({ ...about, purpose: word, risk: 'low', recorded_by: 'test' })}`
  await sql`insert into cases.stage ${sql({ case_id: caseId, stage: word, state: word, reason: word, set_by: 'test' })}`
  await sql`insert into cases.do_not_send ${sql({ case_id: caseId, agency: recipient, set_by: word })}`
  const file = newId()
  await sql`insert into cases.import ${sql({ id: file, agency: sender, format: 'csv', made_by: 'test', made_at: now, changed_at: now, expires_at: now })}`
  await sql`insert into cases.import_row ${sql({ import: file, n: 1, agency: sender, row: 2, state: 'landed', row_key: Buffer.from('key'), case_id: caseId, report: box, report_key: box })}`
  const twin = { import: newId(), n: 1 }
  await sql`insert into cases.import ${sql({ id: twin.import, agency: sender, format: 'csv', made_by: 'test', made_at: now, changed_at: now, expires_at: now })}`
  await sql`insert into cases.import_row ${sql({ ...twin, agency: sender, row: 2, state: 'ready', row_key: Buffer.from('key'), report: box, report_key: box })}`
  await sql`insert into cases.import_box ${sql({ ...twin, ciphertext: box, wrapped_key: box })}`
  await sql`insert into cases.import_landed ${sql({ agency: sender, row_key: Buffer.from('key'), case_id: caseId })}`
  await sql`insert into cases.entrusted ${sql({ case_id: caseId, agency: sender, category: word, author_agency: sender })}`
  await sql`insert into cases.gap ${sql({ ...about, owner: sender, key: word, rule: word, severity: 'low', area: word, opened_at: now })}`
  await sql`insert into cases.access ${sql({ ...about, category: word, author_agency: sender, agency: sender, actor: word })}`
  await sql`insert into cases.entry ${sql({ id: entry, case_id: caseId, kind: 'visit', happened_at: now, details: sql.json({ word }), author: word, author_agency: sender })}`
  await sql`insert into cases.entry_box ${sql({ entry, category: word, ciphertext: box, wrapped_key: box })}`
  await sql`insert into cases.entry_access ${sql({ id: newId(), entry, category: word, agency: sender, actor: word })}`
  await sql`insert into cases.pathway ${sql({ case_id: caseId, manager: word, close_reason: word, evaluated_at: now })}
    on conflict (case_id) do update set manager = excluded.manager, close_reason = excluded.close_reason`
  await sql`insert into cases.referral_fact ${sql({ referral, case_id: caseId, purpose: 'shelter', progress: 'ended', position: 0, close_reason: word, end_reason: word })}`
  await sql`insert into consent.statement ${sql({
    id: statement,
    version: 1,
    case_id: caseId,
    agency: sender,
    owner: sender,
    status: 'given',
    recipients: [recipient],
    purposes: [word],
    categories: [word],
    onward: word,
    starts_at: now,
    ends_at: now,
    body: word,
    digest: word,
    jws: word,
    captured_by: word,
  })}`
  await sql`insert into consent.statement_copy ${sql({ statement, version: 1, recipient, agency: sender, jws: word, digest: word })}`
  await sql`insert into consent.grant ${sql({ ...about, ...grantKey, ...ends, statement, statement_version: 1, statement_digest: word, sensitive: [word] })}`
  await sql`insert into consent.grant ${sql({ ...about, id: newId(), ...grantKey, ...ends, basis: 'court_order', legal_reference: word, approved_by: 'test' })}`
  await sql`insert into consent.withdrawal ${sql({ id: withdrawal, case_id: caseId, agency: sender, scope: 'all_sharing', category: word, actor: 'test' })}`
  await sql`insert into consent.stop_order ${sql({ ...about, withdrawal, owner: sender, holder: recipient, referral, categories: [], due_at: now, answer: 'retained_by_law', legal_reference: word })}`
  await sql`insert into referrals.referral ${sql({
    id: referral,
    case_id: caseId,
    kind: 'referral',
    purpose: 'shelter',
    service: newId(),
    sender,
    recipient,
    urgency: 'normal',
    state: 'closed',
    basis: 'consent',
    categories: [],
    minimum: [],
    age_band: word,
    district: word,
    languages: [word],
    needs: [word],
    reason: word,
    next_step: word,
    no_next_step: word,
    feedback: word,
  })}`
  await sql`insert into referrals.package ${sql({ referral_id: referral, category: 'identity', ciphertext: box, wrapped_key: box })}`
  await sql`insert into referrals.note ${sql({ id: newId(), referral_id: referral, verb: 'decline', agency: recipient, addressee: sender, author: 'test', codes: sql.json({ word }), ciphertext: box, wrapped_key: box })}`
  await sql`insert into referrals.access ${sql({ id: newId(), referral_id: referral, category: word, agency: recipient, actor: word })}`
  await sql`insert into referrals.break_glass ${sql({ ...about, id: newId(), referral_id: referral, agency: recipient, owner: sender, categories: [word], reason: word, ciphertext: box, wrapped_key: box, asked_by: 'test', asked_at: now, lapses_at: now, review_ciphertext: box, review_key: box })}`
  await sql`insert into referrals.proof ${sql({ referral_id: referral, answer: sql.json({ word }) })}`
  const message = {
    id: newId(),
    referral,
    case_id: caseId,
    agency: sender,
    addressee: recipient,
    author: word,
    category: word,
    ciphertext: box,
    wrapped_key: box,
  }
  await sql`insert into messages.message ${sql(message)}`
  await sql`insert into messages.attachment ${sql({ ...message, id: newId(), message: message.id, media_type: 'image/png', bytes: 1, width: 1, height: 1 })}`
  await sql`insert into messages.access ${sql({ id: newId(), message: message.id, agency: recipient, actor: word })}`
  await sql`insert into journal.answer ${sql({ actor: 'test', key: word, route: 'POST /v1/cases', fingerprint: 'test', status: 201, body: sql.json({ id: caseId, word }) })}`
}
