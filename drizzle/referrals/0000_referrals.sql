-- Referrals: who asks whom to serve a survivor, in which state, and the sealed package.
create schema referrals;
--> statement-breakpoint
create table referrals.referral (
  id uuid primary key,
  case_id uuid not null,
  kind text not null check (kind in ('referral', 'transfer')),
  purpose text not null,
  service uuid not null,
  sender uuid not null,
  recipient uuid not null,
  urgency text not null check (urgency in ('emergency', 'urgent', 'normal')),
  state text not null,
  version int not null default 1,
  basis text not null,
  grant_id uuid,
  -- Categories in the package, and those without which the service cannot take it.
  categories text[] not null,
  minimum text[] not null,
  age_band text not null,
  district text,
  languages text[] not null,
  needs text[] not null,
  previous uuid,
  reason text,
  suggested uuid,
  next_step text,
  no_next_step text,
  feedback text,
  arrival_generation int not null default 0,
  arrival_misses int not null default 0,
  sent_at timestamptz,
  accepted_at timestamptz,
  paused_at timestamptz,
  -- The running clock, and the one that stands still while the sender is asked: see
  -- services/referrals/marks.ts (Running).
  clock jsonb,
  paused jsonb,
  acknowledge_due timestamptz,
  decide_due timestamptz,
  answer_due timestamptz,
  contact_due timestamptz,
  start_due timestamptz,
  review_due timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  check (sender <> recipient),
  -- An emergency never expires: people are alarmed until somebody acts.
  check (state <> 'expired' or urgency <> 'emergency')
);
--> statement-breakpoint
create index referral_recipient on referrals.referral (recipient, id desc);
create index referral_sender on referrals.referral (sender, id desc);
create index referral_case on referrals.referral (case_id, id desc);
create index referral_grant on referrals.referral (grant_id);
-- One open referral per case, service and recipient.
create unique index referral_open on referrals.referral (case_id, service, recipient)
  where state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'handed_over', 'in_service',
    'on_hold', 'completed');
--> statement-breakpoint
-- One row per category; no login role may select from it. Erasing wrapped_key erases the content.
create table referrals.package (
  -- Written with its referral by one statement; a foreign key would cost a look-up for each row.
  referral_id uuid not null,
  category text not null,
  ciphertext bytea not null,
  wrapped_key bytea,
  withdrawn_at timestamptz,
  primary key (referral_id, category)
);
--> statement-breakpoint
-- Timers that differ from the hub's own: see src/contracts/agreement.ts. The zero id: any agency.
create table referrals.agreement (
  sender uuid not null,
  recipient uuid not null,
  timers jsonb not null check (jsonb_typeof(timers) = 'object'),
  version int not null default 1,
  primary key (sender, recipient)
);
--> statement-breakpoint
-- What two agencies agreed on; what names more of the two counts more. Null: nothing.
create function referrals.timers_between(p_sender uuid, p_recipient uuid) returns jsonb
  language sql stable as $$
  select jsonb_object_agg(t.key, t.value
    order by (a.recipient = p_recipient)::int * 2 + (a.sender = p_sender)::int)
  from referrals.agreement a, jsonb_each(a.timers) t
  where a.sender in ('00000000-0000-0000-0000-000000000000', p_sender)
    and a.recipient in ('00000000-0000-0000-0000-000000000000', p_recipient)
$$;
revoke all on function referrals.timers_between(uuid, uuid) from public;
--> statement-breakpoint
-- What one agency tells the other beside a step: codes, and words. Words are narrative: sealed, and read
-- by a recorded opening alone. No login role may select from it.
create table referrals.note (
  id uuid primary key,
  referral_id uuid not null references referrals.referral,
  verb text not null,
  agency uuid not null,
  -- The agency on the other side at the time; nobody else ever reads the words.
  addressee uuid not null,
  author text not null,
  codes jsonb,
  ciphertext bytea,
  wrapped_key bytea,
  at timestamptz not null default clock_timestamp(),
  check (codes is not null or ciphertext is not null)
);
--> statement-breakpoint
create index note_referral on referrals.note (referral_id, id);
--> statement-breakpoint
create table referrals.access (
  id uuid primary key,
  referral_id uuid not null,
  category text not null,
  -- A note in place of a category of the package.
  note uuid,
  agency uuid not null,
  actor text not null,
  -- Opened under a broken glass, of the package or the words of the glass itself.
  glass uuid,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  used_at timestamptz
);
--> statement-breakpoint
-- Two people of one agency open named categories of one package although consent does not let them. In
-- which state it is, its instants and the clock say: see services/referrals/break-glass.ts.
create table referrals.break_glass (
  id uuid primary key,
  referral_id uuid not null,
  case_id uuid not null,
  agency uuid not null,
  -- Who reviews: who owns the case, or owned it before whoever broke the glass did.
  owner uuid not null,
  categories text[] not null,
  reason text,
  -- Why, in words: narrative. No login role may select it, nor the words of the review.
  ciphertext bytea not null,
  wrapped_key bytea,
  asked_by text not null,
  asked_at timestamptz not null,
  lapses_at timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  ends_at timestamptz,
  review_due timestamptz,
  ended_by text,
  ended_at timestamptz,
  outcome text check (outcome in ('justified', 'not_justified')),
  reviewed_by text,
  reviewed_at timestamptz,
  review_ciphertext bytea,
  review_key bytea,
  version int not null default 1,
  check (approved_by <> asked_by)
);
create index break_glass_agency on referrals.break_glass (agency, id desc);
create index break_glass_owner on referrals.break_glass (owner, id desc);
create index break_glass_case on referrals.break_glass (case_id);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['referral', 'agreement', 'package', 'note', 'access', 'break_glass'] loop
    execute format('alter table referrals.%I enable row level security', name);
    execute format('alter table referrals.%I force row level security', name);
    execute format('create policy owner on referrals.%I to titian_owner using (true) with check (true)', name);
  end loop;
end $$;
create policy party on referrals.referral for select to titian_referrals
  using (sender = any((select journal.agencies())::uuid[])
    or (recipient = any((select journal.agencies())::uuid[]) and sent_at is not null));
create policy draft on referrals.referral for insert to titian_referrals
  with check (sender = any((select journal.agencies())::uuid[]) and state = 'draft');
-- An agency sees what may bind it: what names it, and what names nobody else.
create policy party on referrals.agreement for select to titian_referrals
  using (cardinality((select journal.agencies())) = 0
    or sender = any((select journal.agencies())::uuid[])
    or recipient = any((select journal.agencies())::uuid[])
    or (sender = '00000000-0000-0000-0000-000000000000'
      and recipient = '00000000-0000-0000-0000-000000000000'));
-- Only the hub, which acts for no agency, writes one.
create policy change on referrals.agreement to titian_referrals
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
grant usage on schema referrals to titian_referrals, titian_consent, titian_cases;
grant select, insert on referrals.referral to titian_referrals;
grant select, insert, update on referrals.agreement to titian_referrals;
--> statement-breakpoint
-- What a send is made of, in one round trip: the case with its sealed data, the service. Whether it is
-- admitted, `send` decides. rows: {i, case, agency, service, categories}. A null age_band: the case is
-- absent or foreign.
create function referrals.send_facts(p_rows jsonb)
  returns table (i int, age_band text, district text, languages text[], needs text[], data jsonb,
    recipient uuid, purpose text, minimum text[], urgencies text[], time_zone text, hours jsonb,
    always_open boolean, is_active boolean, holidays text[], timers jsonb)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.i, r.service, r.agency from jsonb_to_recordset(p_rows) as r(i int, service uuid, agency uuid)
  ), found as (
    select * from directory.service_facts((select jsonb_agg(to_jsonb(asked)) from asked))
  ), sourced as (
    select * from cases.package_source(p_rows)
  )
  select a.i, s.age_band, s.district, s.languages, s.needs, s.data, f.agency, f.stage,
    f.minimum_categories, f.urgencies, f.time_zone, f.hours, f.always_open, f.active, f.holidays,
    referrals.timers_between(a.agency, f.agency)
  from asked a left join found f on f.i = a.i left join sourced s on s.i = a.i
$$;
--> statement-breakpoint
-- Earlier answers of these keys. rows: {i, actor, key, fingerprint}.
-- outcome: new | replayed | key_reused.
create function referrals.replays(p_rows jsonb)
  returns table (i int, outcome text, body jsonb)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.i,
    case when n.key is null then 'new' when n.fingerprint = a.fingerprint then 'replayed'
      else 'key_reused' end,
    case when n.fingerprint = a.fingerprint then n.body end
  from jsonb_to_recordset(p_rows) as a(i int, actor text, key text, fingerprint text)
  left join journal.answer n on n.actor = a.actor and n.key = a.key
$$;
--> statement-breakpoint
-- Admits hand-offs: locks the grants and the case, drops what consent does not permit or the sender may
-- not send on, inserts referral and package, appends the journal entry, stores the answer; all of a row
-- or nothing of it. rows: see services/referrals/send.ts (SendRow). outcome: ok | replayed | key_reused |
-- case_unknown | blocked | return_gate | previous_unknown | statement_distrusted | consent_missing |
-- open_exists | conflict (a draft that moved). A key used twice at once raises 23505.
create function referrals.send(p_rows jsonb)
  returns table (i int, outcome text, body jsonb)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_known int[];
begin
  select array_agg(p.i) into v_known from referrals.replays(p_rows) p where p.outcome <> 'new';
  if v_known is not null then
    return query select p.i, p.outcome, p.body from referrals.replays(p_rows) p where p.outcome <> 'new';
  end if;
  return query
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, id uuid, "case" uuid, kind text, purpose text, service uuid, sender uuid,
      recipient uuid, urgency text, basis text, minimum text[], age_band text, district text,
      languages text[], needs text[], previous uuid, draft_version int, actor text, key text,
      route text, fingerprint text, acknowledge_due timestamptz, clock jsonb, timers jsonb,
      is_gated boolean, asked text[], package jsonb)
    where v_known is null or not r.i = any(v_known)
  ), held as materialized (
    -- With what the sender itself was named for (below zero), so that all are locked in one order.
    select * from consent.hold_grant((
      select jsonb_agg(jsonb_build_object('i', a.i, 'case', a."case", 'owner', a.sender,
        'recipient', a.recipient, 'purpose', a.purpose, 'basis', a.basis))
        || jsonb_agg(jsonb_build_object('i', -1 - a.i, 'case', a."case", 'recipient', a.sender))
      from asked a))
  ), drafts as materialized (
    select r.id from referrals.referral r
    where r.id in (select a.id from asked a left join held h on h.i = a.i
      where a.draft_version is not null)
    order by r.id for no key update
  ), admitted as materialized (
    select * from cases.admit((select jsonb_agg(jsonb_build_object('i', a.i, 'case', a."case",
        'agency', a.sender, 'recipient', a.recipient, 'purpose', a.purpose, 'is_gated', a.is_gated))
      from asked a left join held h on h.i = a.i left join drafts d on d.id = a.id))
  ), judged as materialized (
    select a.*, h.id as grant_id, h.statement, h.statement_version,
      h.statement_digest, h.ends_at, h.onward, h.revoked_kid, permitted.categories,
      case
        when m.verdict <> 'ok' then m.verdict
        when a.previous is not null and not exists (select from referrals.referral p
          where p.id = a.previous and p.sender = a.sender and p.case_id = a."case"
            and p.state in ('closed', 'declined', 'withdrawn', 'expired', 'revoked', 'ended_unserved',
              'entered_in_error')) then 'previous_unknown'
        when h.id is null and a.basis = 'consent'
          and consent.is_distrusted(a."case", a.sender, a.recipient, a.purpose)
          then 'statement_distrusted'
        when h.id is null or h.for_minor <> cases.is_minor(m.age_band)
          or not a.minimum <@ permitted.categories then 'consent_missing'
        else 'ok' end as verdict
    from asked a join admitted m on m.i = a.i left join held h on h.i = a.i
    cross join lateral (
      select coalesce(array_agg(x.category), '{}') as categories
      from jsonb_to_recordset(a.package) as x(category text, author uuid)
      where x.category = any(h.categories)
        and case when x.author = a.sender then x.category = any(m.own)
          else x.category = any(m.received) and not h.inherited end) permitted
  ), promoted as (
    update referrals.referral r set state = 'sent', version = r.version + 1, grant_id = j.grant_id,
      categories = j.categories, minimum = j.minimum, age_band = j.age_band, district = j.district,
      languages = j.languages, needs = j.needs, sent_at = clock_timestamp(),
      acknowledge_due = j.acknowledge_due, clock = j.clock, changed_at = clock_timestamp()
    from judged j
    where j.verdict = 'ok' and j.draft_version is not null and r.id = j.id and r.state = 'draft'
      and r.version = j.draft_version and r.sender = j.sender
    returning r.id, r.version, r.sent_at, r.permit_number
  ), inserted as (
    insert into referrals.referral (id, case_id, kind, purpose, service, sender, recipient, urgency,
      state, basis, grant_id, categories, minimum, age_band, district, languages, needs, previous,
      sent_at, acknowledge_due, clock)
    select j.id, j."case", j.kind, j.purpose, j.service, j.sender, j.recipient, j.urgency, 'sent',
      j.basis, j.grant_id, j.categories, j.minimum, j.age_band, j.district, j.languages, j.needs,
      j.previous, clock_timestamp(), j.acknowledge_due, j.clock
    from judged j where j.verdict = 'ok' and j.draft_version is null
    order by j."case", j.service, j.recipient
    on conflict (case_id, service, recipient) where state in ('sent', 'acknowledged',
      'info_requested', 'accepted', 'handed_over', 'in_service', 'on_hold', 'completed') do nothing
    returning referral.id, referral.version, referral.sent_at, referral.permit_number
  ), done as (
    select * from promoted union all select * from inserted
  ), packed as (
    insert into referrals.package (referral_id, category, ciphertext, wrapped_key)
    select j.id, x.category, decode(x.ciphertext, 'base64'), decode(x.wrapped_key, 'base64')
    from judged j join done d on d.id = j.id
    cross join lateral jsonb_to_recordset(j.package) as x(category text, ciphertext text, wrapped_key text)
    where x.category = any(j.categories)
  ), timed as (
    insert into journal.timer (name, key, due, try_at, data)
    select t.name, t.key, t.due, t.due, t.data from judged j join done d on d.id = j.id
    cross join lateral jsonb_to_recordset(j.timers) as t(name text, key text, due timestamptz, data jsonb)
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'referrals.referral.sent.v1', j.sender, j.actor, array[j.sender, j.recipient], j."case",
      j.id, j.purpose, j.categories, jsonb_build_object('state', 'sent', 'version', d.version,
        'kind', j.kind, 'urgency', j.urgency, 'service', j.service, 'basis', j.basis)
    from judged j join done d on d.id = j.id
    returning entry.id, entry.object
  ), answered as (
    select j.i, j.actor, j.key, j.route, j.fingerprint,
      jsonb_build_object('id', j.id, 'version', d.version, 'sent_at', d.sent_at,
        'categories', j.categories, 'asked', j.asked, 'entry', e.id, 'statement', j.statement,
        'statement_version', j.statement_version, 'statement_digest', j.statement_digest,
        'ends_at', j.ends_at, 'onward', j.onward, 'recipient', j.recipient, 'purpose', j.purpose,
        'number', d.permit_number, 'actor', j.actor, 'parts', (
          select jsonb_agg(jsonb_build_object('category', x.category, 'bytes', x.bytes, 'digest', x.digest))
          from jsonb_to_recordset(j.package) as x(category text, bytes int, digest text)
          where x.category = any(j.categories))) as answer
    from judged j join done d on d.id = j.id join journaled e on e.object = j.id
  ), stored as (
    insert into journal.answer (actor, key, route, fingerprint, status, body)
    select n.actor, n.key, n.route, n.fingerprint, 201, n.answer from answered n
    order by n.actor, n.key
  ), proven as (
    insert into referrals.proof (referral_id, answer)
    select (n.answer ->> 'id')::uuid, n.answer from answered n
  )
  select j.i,
    case when n.i is not null then 'ok' when j.verdict <> 'ok' then j.verdict
      when j.draft_version is not null then 'conflict' else 'open_exists' end,
    coalesce(n.answer, jsonb_build_object('missing',
      array(select m from unnest(j.minimum) m where not m = any(j.categories))))
  from judged j left join answered n on n.i = j.i
    -- Who gets something by a key that was revoked since is told as those were who had it before.
    left join lateral consent.tell_of_key(case when n.i is not null then j.revoked_kid end, j.recipient)
      told on true;
end $$;
--> statement-breakpoint
-- What a verb decides on. rows: {i, id, agency}; a null id comes back: absent or foreign.
create function referrals.facts(p_rows jsonb)
  returns table (i int, id uuid, "case" uuid, kind text, purpose text, service uuid, sender uuid,
    recipient uuid, urgency text, state text, version int, basis text, categories text[],
    arrival_generation int, arrival_misses int, paused_at timestamptz, decide_due timestamptz,
    time_zone text, hours jsonb, always_open boolean, holidays text[], timers jsonb, paused jsonb)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select a.* from jsonb_to_recordset(p_rows) as a(i int, id uuid, agency uuid)
  ), found as (
    select a.i as asked_i, r.* from asked a join referrals.referral r on r.id = a.id
      and (r.sender = a.agency or (r.recipient = a.agency and r.sent_at is not null))
  ), served as (
    select * from directory.service_facts(
      (select jsonb_agg(jsonb_build_object('i', f.asked_i, 'service', f.service)) from found f))
  )
  select a.i, r.id, r.case_id, r.kind, r.purpose, r.service, r.sender, r.recipient, r.urgency,
    r.state, r.version, r.basis, r.categories, r.arrival_generation, r.arrival_misses, r.paused_at,
    r.decide_due, s.time_zone, s.hours, s.always_open, s.holidays,
    referrals.timers_between(r.sender, r.recipient), r.paused
  from asked a left join found r on r.asked_i = a.i left join served s on s.i = a.i
$$;
--> statement-breakpoint
-- Takes one step of the lifecycle by compare-and-set on version. rows: see
-- services/referrals/move.ts (MoveRow): the step's states and side come from the one table in
-- TypeScript. outcome: ok | replayed | key_reused | conflict | consent_ended | statement_distrusted |
-- held_back (the case no longer lets it go on) | suggested_unknown | absent.
create function referrals.move(p_rows jsonb)
  returns table (i int, outcome text, body jsonb)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_known int[];
  v_closing uuid[];
begin
  -- A transfer changes all of its case: every grant is locked before anything else.
  perform consent.hold_grants_of(t.case_id) from (
    select distinct r.case_id from jsonb_to_recordset(p_rows) as a(id uuid, verb text)
    join referrals.referral r on r.id = a.id
    where r.kind = 'transfer' and a.verb = 'hand_over' order by r.case_id) t;
  -- A grant may end with the referral that it served: then every grant of these rows is locked first.
  if exists (select from jsonb_to_recordset(p_rows) as a("to" text) where a."to" in ('closed', 'ended_unserved')) then
    perform consent.hold_for_change(array(
      select r.grant_id from jsonb_to_recordset(p_rows) as a(id uuid) join referrals.referral r on r.id = a.id
      where r.grant_id is not null));
    v_closing := array(select a.id from jsonb_to_recordset(p_rows) as a(id uuid, "to" text)
      where a."to" in ('closed', 'ended_unserved'));
  end if;
  select array_agg(p.i) into v_known from referrals.replays(p_rows) p where p.outcome <> 'new';
  if v_known is not null then
    return query select p.i, p.outcome, p.body from referrals.replays(p_rows) p where p.outcome <> 'new';
  end if;
  return query
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, id uuid, version int, verb text, event text, "from" text[], "to" text, side text,
      agency uuid, actor text, key text, route text, fingerprint text, reason text, suggested uuid,
      next_step text, no_next_step text, feedback text, needs_grant boolean, is_gated boolean, at timestamptz, due jsonb, clock jsonb,
      timers jsonb, note jsonb)
    where v_known is null or not r.i = any(v_known)
  ), resting as materialized (
    select a.i, r.case_id, r.recipient, r.purpose, r.basis
    from asked a join referrals.referral r on r.id = a.id where a.needs_grant
  ), held as materialized (
    select * from consent.hold_grant((select jsonb_agg(jsonb_build_object('i', t.i, 'case', t.case_id,
      'recipient', t.recipient, 'purpose', t.purpose, 'basis', t.basis)) from resting t))
  ), locked as materialized (
    -- With what follows the case to its new owner.
    select r.id, r.state, r.version from referrals.referral r
    where r.id in (
      select a.id from asked a left join held h on h.i = a.i
      where not a.needs_grant or h.i is not null
      union select f.id from asked a join referrals.referral t on t.id = a.id
      join referrals.referral f on f.case_id = t.case_id and f.sender = t.sender
      where a.verb = 'hand_over' and t.kind = 'transfer')
    order by r.id for no key update
  ), admitted as materialized (
    select * from cases.admit((select jsonb_agg(jsonb_build_object('i', a.i, 'case', r.case_id,
        'recipient', r.recipient, 'purpose', r.purpose, 'is_gated', a.is_gated))
      from asked a join locked l on l.id = a.id join referrals.referral r on r.id = a.id
      where a.verb in ('accept', 'hand_over', 'answer')))
  ), suggested as materialized (
    select d.id from directory.agency_facts(
      (select array_agg(a.suggested) from asked a where a.suggested is not null)) d where d.active
  ), moved as (
    update referrals.referral r set
      state = a."to", version = r.version + 1, changed_at = clock_timestamp(),
      reason = coalesce(a.reason, r.reason),
      suggested = coalesce(a.suggested, r.suggested),
      next_step = coalesce(a.next_step, r.next_step),
      no_next_step = coalesce(a.no_next_step, r.no_next_step),
      feedback = coalesce(a.feedback, r.feedback),
      accepted_at = case when a.verb = 'accept' then clock_timestamp() else r.accepted_at end,
      arrival_generation = r.arrival_generation + (a.verb = 'accept')::int,
      clock = a.clock,
      paused = case a.verb when 'ask' then r.clock when 'answer' then null else r.paused end,
      paused_at = case a.verb when 'ask' then a.at when 'answer' then null else r.paused_at end,
      -- An answer brings the envelope up to date with the case.
      age_band = case when f.i is null then r.age_band else f.age_band end,
      district = case when f.i is null then r.district else f.district end,
      languages = case when f.i is null then r.languages else f.languages end,
      needs = case when f.i is null then r.needs else f.needs end,
      decide_due = coalesce((a.due ->> 'decide')::timestamptz, r.decide_due),
      answer_due = coalesce((a.due ->> 'answer')::timestamptz, r.answer_due),
      contact_due = coalesce((a.due ->> 'contact')::timestamptz, r.contact_due),
      start_due = coalesce((a.due ->> 'start')::timestamptz, r.start_due),
      review_due = coalesce((a.due ->> 'review')::timestamptz, r.review_due)
    from asked a join locked l on l.id = a.id left join admitted d on d.i = a.i
      left join admitted f on f.i = a.i and a.verb = 'answer' and f.owner = a.agency
    where r.id = a.id and r.version = a.version and r.state = any(a."from")
      and case a.side when 'sender' then r.sender = a.agency
                      when 'recipient' then r.recipient = a.agency
                      else a.agency is null end
      and not (a.verb = 'expire' and r.urgency = 'emergency')
      and (a.verb not in ('accept', 'hand_over') or d.verdict = 'ok')
      and (a.suggested is null or a.suggested in (select s.id from suggested s))
    returning a.i, r.id, r.version, r.state, r.sender, r.recipient, r.case_id, r.purpose, r.kind,
      r.categories, r.changed_at, r.sent_at, r.contact_due
  ), timed as (
    insert into journal.timer (name, key, due, try_at, data)
    select t.name, t.key, t.due, t.due, t.data from moved m join asked a on a.i = m.i
    cross join lateral jsonb_to_recordset(a.timers) as t(name text, key text, due timestamptz, data jsonb)
  ), owned as (
    select m.i, cases.take_ownership(m.case_id, m.sender, m.recipient, a.actor, m.id, m.categories)
      as moved
    from moved m join asked a on a.i = m.i where m.kind = 'transfer' and a.verb = 'hand_over'
  ), noted as (
    insert into referrals.note (id, referral_id, verb, agency, addressee, author, codes, ciphertext,
      wrapped_key)
    select (a.note ->> 'id')::uuid, m.id, a.verb, a.agency,
      case a.agency when m.sender then m.recipient else m.sender end, a.actor,
      nullif(a.note -> 'codes', 'null'), decode(a.note ->> 'ciphertext', 'base64'),
      decode(a.note ->> 'wrapped_key', 'base64')
    from moved m join asked a on a.i = m.i where jsonb_typeof(a.note) = 'object'
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, reason, data)
    select 'referrals.referral.' || a.event || '.v1', a.agency, a.actor,
      case when m.sent_at is null then array[m.sender] else array[m.sender, m.recipient] end,
      m.case_id, m.id, m.purpose, a.reason,
      jsonb_build_object('state', m.state, 'version', m.version, 'kind', m.kind,
        'ownership_moved', coalesce(o.moved, false))
        || case a.verb when 'accept' then jsonb_build_object('contact_due', m.contact_due) else '{}' end
    from moved m join asked a on a.i = m.i left join owned o on o.i = m.i
    returning entry.id, entry.object
  ), answered as (
    select m.i, a.actor, a.key, a.route, a.fingerprint,
      jsonb_build_object('id', m.id, 'state', m.state, 'version', m.version,
        'changed_at', m.changed_at, 'entry', e.id) as answer
    from moved m join asked a on a.i = m.i join journaled e on e.object = m.id
  ), stored as (
    insert into journal.answer (actor, key, route, fingerprint, status, body)
    select n.actor, n.key, n.route, n.fingerprint, 200, n.answer from answered n
    where n.key is not null order by n.actor, n.key
  )
  select a.i,
    case when n.i is not null then 'ok'
      when r.id is null or not (a.agency is null or r.sender = a.agency
        or (r.recipient = a.agency and r.sent_at is not null)) then 'absent'
      when a.needs_grant and h.i is null and r.state = any(a."from") and r.basis = 'consent'
        and consent.is_distrusted(r.case_id, null, r.recipient, r.purpose) then 'statement_distrusted'
      when a.needs_grant and (coalesce(l.state, r.state) = 'revoked'
        or (h.i is null and r.state = any(a."from"))) then 'consent_ended'
      when l.version = a.version and l.state = any(a."from") and m.id is null
        and a.verb in ('accept', 'hand_over') and d.verdict <> 'ok' then 'held_back'
      when l.version = a.version and l.state = any(a."from") and m.id is null
        and a.suggested is not null then 'suggested_unknown'
      else 'conflict' end,
    -- Of two rows for one referral the second learns what the first has made of it.
    coalesce(n.answer, jsonb_build_object('state', coalesce(m.state, l.state, r.state),
      'version', coalesce(m.version, l.version, r.version)))
  from asked a left join answered n on n.i = a.i left join held h on h.i = a.i
    left join admitted d on d.i = a.i
    left join moved m on m.id = a.id left join locked l on l.id = a.id
    left join referrals.referral r on r.id = a.id;
  if v_closing is not null then
    perform consent.end_served((
      select jsonb_agg(jsonb_build_object('grant', r.grant_id, 'sent_at', r.sent_at))
      from referrals.referral r
      where r.id = any(v_closing) and r.state in ('closed', 'ended_unserved')
        -- A case that was handed over stays with its new owner, and so does the consent to that.
        and r.kind <> 'transfer' and not exists (
        select from referrals.referral o where o.grant_id = r.grant_id and o.state in ('sent',
          'acknowledged', 'info_requested', 'accepted', 'handed_over', 'in_service', 'on_hold',
          'completed'))));
  end if;
end $$;
--> statement-breakpoint
-- Counts a try at the arrival code before it is compared. rows: {i, id, agency, most}.
-- is_allowed false: no tries are left, nothing was counted.
create function referrals.try_arrival(p_rows jsonb)
  returns table (i int, is_allowed boolean, misses int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select a.* from jsonb_to_recordset(p_rows) as a(i int, id uuid, agency uuid, most int)
  ), locked as materialized (
    select r.id, r.recipient, r.arrival_misses from referrals.referral r
    where r.id in (select a.id from asked a) and r.state = 'accepted'
    order by r.id for no key update
  ), counted as (
    -- Tries that came together are counted one after the other.
    select a.i, a.id, a.most, l.arrival_misses
      + row_number() over (partition by a.id order by a.i)::int as misses
    from asked a join locked l on l.id = a.id and l.recipient = a.agency
  ), allowed as (
    select c.i, c.id, c.misses from counted c where c.misses <= c.most
  ), noted as (
    update referrals.referral r set arrival_misses = t.misses
    from (select w.id, max(w.misses) as misses from allowed w group by w.id) t where r.id = t.id
  )
  select a.i, w.i is not null, w.misses from asked a left join allowed w on w.i = a.i
$$;
--> statement-breakpoint
-- A new arrival code; the one before is worth nothing from now on. rows: {i, id, version, agency, actor,
-- key, route, fingerprint}. outcome: ok | replayed | key_reused | conflict.
create function referrals.renew_arrival(p_rows jsonb)
  returns table (i int, outcome text, body jsonb)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_known int[];
begin
  select array_agg(p.i) into v_known from referrals.replays(p_rows) p where p.outcome <> 'new';
  if v_known is not null then
    return query select p.i, p.outcome, p.body from referrals.replays(p_rows) p where p.outcome <> 'new';
  end if;
  return query
  with asked as (
    select a.* from jsonb_to_recordset(p_rows) as a(
      i int, id uuid, version int, agency uuid, actor text, key text, route text, fingerprint text)
    where v_known is null or not a.i = any(v_known)
  ), renewed as (
    update referrals.referral r
    set arrival_generation = r.arrival_generation + 1, arrival_misses = 0, version = r.version + 1,
      changed_at = clock_timestamp()
    from asked a where r.id = a.id and r.sender = a.agency and r.state = 'accepted'
      and r.version = a.version
    returning a.i, r.arrival_generation, r.id, r.version, r.case_id, r.sender, r.recipient, r.purpose
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, data)
    select 'referrals.arrival_code.renewed.v1', n.sender, a.actor, array[n.sender, n.recipient],
      n.case_id, n.id, n.purpose,
      jsonb_build_object('generation', n.arrival_generation, 'version', n.version)
    from renewed n join asked a on a.i = n.i
  ), stored as (
    -- The generation and never the code, which is stored nowhere.
    insert into journal.answer (actor, key, route, fingerprint, status, body)
    select a.actor, a.key, a.route, a.fingerprint, 200,
      jsonb_build_object('generation', n.arrival_generation, 'version', n.version)
    from renewed n join asked a on a.i = n.i order by a.actor, a.key
  )
  select a.i, case when n.i is null then 'conflict' else 'ok' end,
    jsonb_build_object('generation', n.arrival_generation, 'version', coalesce(n.version, r.version),
      'state', r.state)
  from asked a left join renewed n on n.i = a.i left join referrals.referral r on r.id = a.id;
end $$;
--> statement-breakpoint
-- Lets clocks speak at a mark: an entry in the feed of those concerned, and at the last mark the end
-- of the referral. Nothing happens when the clock of that round runs no longer.
-- rows: see services/referrals/ring.ts (RingRow). outcome: rung | silent.
create function referrals.ring(p_rows jsonb) returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select a.* from jsonb_to_recordset(p_rows) as a(
      i int, id uuid, round int, state text, side text, event text, is_for_both boolean,
      expires boolean, reason text, actor text, data jsonb)
  ), running as materialized (
    select r.id, r.version, r.sender, r.recipient, r.case_id, r.purpose, r.kind, r.service, r.urgency,
      r.state, a.i
    from asked a join referrals.referral r on r.id = a.id
    where r.state = a.state and (r.clock ->> 'round')::int = a.round
    order by r.id for no key update of r
  ), expired as (
    update referrals.referral r set state = 'expired', version = r.version + 1, clock = null,
      reason = a.reason, changed_at = clock_timestamp()
    from asked a join running n on n.i = a.i
    where r.id = n.id and a.expires and r.urgency <> 'emergency'
    returning r.id, r.version, r.state
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, reason, data)
    select a.event, null, a.actor,
      case when a.is_for_both then array[n.sender, n.recipient]
        when a.side = 'sender' then array[n.sender] else array[n.recipient] end,
      n.case_id, n.id, n.purpose, a.reason,
      a.data || jsonb_build_object('state', coalesce(x.state, n.state), 'kind', n.kind,
        'version', coalesce(x.version, n.version), 'urgency', n.urgency, 'service', n.service,
        'side', a.side)
    from asked a join running n on n.i = a.i left join expired x on x.id = n.id
  )
  select a.i, case when n.i is null then 'silent' else 'rung' end
  from asked a left join running n on n.i = a.i
$$;
--> statement-breakpoint
-- A check after a closing is due; the sender, who has the case, is told.
-- rows: {i, id, day, event, actor}.
create function referrals.follow_up(p_rows jsonb) returns table (i int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, data)
  select a.event, null, a.actor, array[r.sender], r.case_id, r.id, r.purpose,
    jsonb_build_object('day', a.day, 'state', r.state, 'service', r.service)
  from jsonb_to_recordset(p_rows) as a(i int, id uuid, day int, event text, actor text)
  join referrals.referral r on r.id = a.id and r.state = 'closed'
  returning 0
$$;
--> statement-breakpoint
-- Forgets a draft that was never sent. rows: {i, id, event, actor}.
create function referrals.purge_draft(p_rows jsonb) returns table (i int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from referrals.referral r using jsonb_to_recordset(p_rows) as a(i int, id uuid)
    where r.id = a.id and r.state = 'draft' returning r.id, r.sender, r.case_id, r.purpose
  )
  insert into journal.entry (type, agency, actor, concerned, subject, object, purpose)
  select a.event, null, a.actor, array[g.sender], g.case_id, g.id, g.purpose
  from gone g join jsonb_to_recordset(p_rows) as a(i int, id uuid, event text, actor text) on a.id = g.id
  returning 0
$$;
--> statement-breakpoint
create function referrals.state_of(p_id uuid) returns text
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select r.state from referrals.referral r where r.id = p_id
$$;
--> statement-breakpoint
-- First half of opening a category: checks state, case and consent under the grant's lock and puts the
-- opening on the record. MUST be committed before read_payload.
-- rows: {i, access, id, category, agency, actor, states}.
-- outcome: ok | absent | state | statement_distrusted | consent_ended | held_back | not_in_package.
create function referrals.open_access(p_rows jsonb)
  returns table (i int, outcome text, state text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, access uuid, id uuid, category text, agency uuid, actor text, states text[])
  ), resting as materialized (
    select a.*, r.case_id, r.sender, r.recipient, r.purpose, r.basis, r.state
    from asked a join referrals.referral r on r.id = a.id and r.recipient = a.agency and r.sent_at is not null
  ), held as materialized (
    select * from consent.hold_grant((select jsonb_agg(jsonb_build_object('i', t.i, 'case', t.case_id,
      'recipient', t.recipient, 'purpose', t.purpose, 'basis', t.basis)) from resting t))
  ), admitted as materialized (
    select * from cases.admit((select jsonb_agg(jsonb_build_object('i', t.i, 'case', t.case_id,
        'recipient', t.recipient, 'is_gated', false))
      from resting t left join held h on h.i = t.i))
  ), judged as materialized (
    -- The state is read after the grant is held: what a withdrawal revoked meanwhile is seen.
    select t.*, h.id as grant_id, case
        when not referrals.state_of(t.id) = any(t.states) then 'state'
        when h.i is null and t.basis = 'consent'
          and consent.is_distrusted(t.case_id, null, t.recipient, t.purpose)
          then 'statement_distrusted'
        when h.i is null or h.for_minor <> cases.is_minor(m.age_band) then 'consent_ended'
        when m.verdict = 'blocked' then 'held_back'
        when not exists (select from referrals.package p where p.referral_id = t.id
          and p.category = t.category) then 'not_in_package'
        when not t.category = any(h.categories) or not exists (select from referrals.package p
          where p.referral_id = t.id and p.category = t.category and p.withdrawn_at is null
            and p.wrapped_key is not null) then 'consent_ended'
        else 'ok' end as verdict
    from resting t join admitted m on m.i = t.i left join held h on h.i = t.i
  ), opened as (
    insert into referrals.access (id, referral_id, category, agency, actor)
    select j.access, j.id, j.category, j.agency, j.actor from judged j where j.verdict = 'ok'
    returning access.id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'referrals.package.opened.v1', j.agency, j.actor, array[j.sender, j.recipient], j.case_id,
      j.id, j.purpose, array[j.category],
      jsonb_build_object('access', j.access, 'basis', j.basis, 'grant', j.grant_id)
    from judged j join opened o on o.id = j.access
  )
  select a.i, coalesce(j.verdict, 'absent'),
    case when j.verdict = 'state' then referrals.state_of(j.id) else j.state end
  from asked a left join judged j on j.i = a.i
$$;
--> statement-breakpoint
-- The notes of a referral for one of its agencies, oldest first, without their words. opens_for: who may
-- read the words now. p_states: those in which a package is open.
create function referrals.notes_of(p_id uuid, p_agency uuid, p_states text[])
  returns table (id uuid, verb text, agency uuid, codes jsonb, has_text boolean, opens_for uuid[],
    at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with found as (
    select r.* from referrals.referral r
    where r.id = p_id and (r.sender = p_agency or (r.recipient = p_agency and r.sent_at is not null))
  ), named as (
    select c as category from found r,
      consent.permitted(jsonb_build_array(jsonb_build_object('i', 0, 'case', r.case_id,
        'recipient', r.recipient, 'purpose', r.purpose, 'basis', r.basis))) g, unnest(g.categories) c
  )
  select n.id, n.verb, n.agency, n.codes, n.wrapped_key is not null,
    case when n.wrapped_key is null then '{}' else array(
      select x from unnest(array[n.agency, n.addressee]) x
      where x = n.agency
        or (x = r.sender and exists (select from named))
        or (x = r.recipient and r.state = any(p_states)
          and exists (select from named where named.category = 'narrative'))) end,
    n.at
  from found r join referrals.note n on n.referral_id = r.id
  order by n.id
$$;
--> statement-breakpoint
-- First half of reading the words of a note. Its author reads it always; the agency that it was written
-- to while consent permits: the sender any consent of the referral, the recipient an open package and
-- consent to narrative. rows: {i, access, id, note, agency, actor, states}.
-- outcome: ok | absent | state | consent_ended | not_in_package.
create function referrals.open_note(p_rows jsonb)
  returns table (i int, outcome text, state text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, access uuid, id uuid, note uuid, agency uuid, actor text, states text[])
  ), resting as materialized (
    select a.*, r.case_id, r.sender, r.recipient, r.purpose, r.basis, r.state, n.agency as author
    from asked a
    join referrals.referral r on r.id = a.id
      and (r.sender = a.agency or (r.recipient = a.agency and r.sent_at is not null))
    join referrals.note n on n.id = a.note and n.referral_id = r.id
      and a.agency in (n.agency, n.addressee) and n.wrapped_key is not null
  ), held as materialized (
    select * from consent.hold_grant((select jsonb_agg(jsonb_build_object('i', t.i, 'case', t.case_id,
      'recipient', t.recipient, 'purpose', t.purpose, 'basis', t.basis)) from resting t
      where t.agency <> t.author))
  ), judged as materialized (
    select t.*, case
        when t.agency = t.author then 'ok'
        when t.agency = t.recipient and not referrals.state_of(t.id) = any(t.states) then 'state'
        when h.i is null then 'consent_ended'
        when t.agency = t.recipient and not 'narrative' = any(h.categories) then 'not_in_package'
        else 'ok' end as verdict
    from resting t left join held h on h.i = t.i
  ), opened as (
    insert into referrals.access (id, referral_id, category, note, agency, actor)
    select j.access, j.id, 'narrative', j.note, j.agency, j.actor from judged j where j.verdict = 'ok'
    returning access.id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'referrals.note.opened.v1', j.agency, j.actor,
      case when j.agency = j.author then array[j.agency] else array[j.sender, j.recipient] end,
      j.case_id, j.id, j.purpose, '{narrative}',
      jsonb_build_object('access', j.access, 'note', j.note)
    from judged j join opened o on o.id = j.access
  )
  select a.i, coalesce(j.verdict, 'absent'),
    case when j.verdict = 'state' then referrals.state_of(j.id) else j.state end
  from asked a left join judged j on j.i = a.i
$$;
--> statement-breakpoint
-- Second half of both: demands a committed, unused record of the same actor, under 30 s old.
-- rows: {i, access, agency, actor}. No row for i: refused.
create function referrals.read_payload(p_rows jsonb)
  returns table (i int, referral uuid, category text, ciphertext bytea, wrapped_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, agency uuid, actor text)
  ), used as (
    update referrals.access x set used_at = clock_timestamp()
    from asked a
    where x.id = a.access and x.agency = a.agency and x.actor = a.actor and x.used_at is null
      and x.at > clock_timestamp() - interval '30 seconds'
      and pg_xact_status(x.xid) = 'committed'
    returning a.i, x.referral_id, x.category, x.note
  )
  select u.i, p.referral_id, p.category, p.ciphertext, p.wrapped_key
  from used u join referrals.package p on p.referral_id = u.referral_id and p.category = u.category
    and p.withdrawn_at is null and p.wrapped_key is not null
  where u.note is null
  union all
  select u.i, u.referral_id, u.category, n.ciphertext, n.wrapped_key
  from used u join referrals.note n on n.id = u.note and n.wrapped_key is not null
$$;
--> statement-breakpoint
-- Revokes what rests on grants that are ending, or takes one category out of it. Called by
-- consent.withdraw() while it holds the grants. What has ended stays as it ended; its package is closed
-- like the others. Returns every referral of which something was still open to its recipient;
-- was_delivered: the recipient may hold its content.
create function referrals.revoke(p_grants uuid[], p_category text, p_reason text, p_agency uuid,
    p_owner uuid, p_actor text)
  returns table (referral uuid, holder uuid, is_revoked boolean, was_delivered boolean,
    categories text[])
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query
  with hit as materialized (
    select r.id, r.recipient, r.sender, r.case_id, r.purpose, r.accepted_at, r.categories, r.state,
      r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'handed_over', 'in_service',
        'on_hold') and (p_category is null or p_category = any(r.minimum)
          or cardinality(array_remove(r.categories, p_category)) = 0) as ends,
      r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'handed_over', 'in_service',
        'on_hold', 'completed') as is_live
    from referrals.referral r
    where r.grant_id = any(p_grants) and r.state not in ('draft', 'entered_in_error')
      and (p_category is null or p_category = any(r.categories))
      and (r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'handed_over',
          'in_service', 'on_hold', 'completed')
        or exists (select from referrals.package p where p.referral_id = r.id
          and p.withdrawn_at is null and (p_category is null or p.category = p_category)))
    order by r.id for no key update
  ), closed as (
    update referrals.package p set withdrawn_at = clock_timestamp()
    from hit h where p.referral_id = h.id and p.withdrawn_at is null
      and (p_category is null or h.ends or p.category = p_category)
  ), moved as (
    update referrals.referral r set
      state = case when h.ends then 'revoked' else r.state end,
      reason = case when h.ends then p_reason else r.reason end,
      categories = case when p_category is null or h.ends then r.categories
                        else array_remove(r.categories, p_category) end,
      version = r.version + 1, changed_at = clock_timestamp()
    from hit h where r.id = h.id and h.is_live and (h.ends or p_category is not null)
    returning r.id, r.version, r.state
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories,
      reason, data)
    select case when h.ends then 'referrals.referral.revoked.v1'
        else 'referrals.referral.narrowed.v1' end, p_agency, p_actor,
      array(select distinct x from unnest(array[h.sender, h.recipient, p_owner]) x), h.case_id,
      h.id, h.purpose, case when h.ends then h.categories else array[p_category] end, p_reason,
      jsonb_build_object('state', m.state, 'version', m.version)
    from hit h join moved m on m.id = h.id
  )
  select h.id, h.recipient, h.ends, h.accepted_at is not null,
    case when p_category is null or h.ends then h.categories else array[p_category] end
  from hit h where h.ends or h.accepted_at is not null;
end $$;
--> statement-breakpoint
-- What the earlier owner of a case has under way is the new owner's to follow from now on, but for what
-- was sent to the new owner itself. A transfer that is under way waits for the new owner's own decision:
-- codes that the earlier owner read out move no case any more. Whoever broke a glass and gets the case
-- does not get to judge it: that stays where it was. The caller holds the referrals.
create function referrals.follow_ownership(p_case uuid, p_from uuid, p_to uuid, p_actor text,
    p_transfer uuid)
  returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with moved as (
    update referrals.referral r set sender = p_to, version = r.version + 1,
      changed_at = clock_timestamp(),
      arrival_generation = r.arrival_generation + (r.kind = 'transfer' and r.accepted_at is not null)::int
    where r.case_id = p_case and r.sender = p_from and r.recipient <> p_to and r.id <> p_transfer
      and r.state in ('sent', 'acknowledged', 'info_requested', 'accepted', 'handed_over',
        'in_service', 'on_hold', 'completed')
    returning r.id, r.version, r.state, r.kind, r.recipient, r.purpose
  ), followed as (
    update referrals.break_glass g set owner = p_to where g.case_id = p_case and g.agency <> p_to
  )
  insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, data)
  select 'referrals.referral.reassigned.v1', p_to, p_actor, array[p_from, p_to, m.recipient], p_case,
    m.id, m.purpose, jsonb_build_object('state', m.state, 'version', m.version, 'kind', m.kind)
  from moved m
$$;
--> statement-breakpoint
-- Tells those who follow a case which of its referrals no longer fit it: the survivor does not want them,
-- or their recipient is to get nothing. Recipients are not told. A null purpose or recipient means
-- every one.
create function referrals.call_for_review(p_case uuid, p_purpose text, p_recipient uuid,
    p_states text[], p_reason text, p_agency uuid, p_actor text)
  returns table (referral uuid)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with found as (
    select r.* from referrals.referral r
    where r.case_id = p_case and (p_purpose is null or r.purpose = p_purpose)
      and (p_recipient is null or r.recipient = p_recipient) and r.state = any(p_states)
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, reason, data)
    select 'referrals.referral.review_called.v1', p_agency, p_actor,
      array(select distinct x from unnest(array[p_agency, f.sender]) x), p_case, f.id, f.purpose,
      p_reason, jsonb_build_object('state', f.state, 'version', f.version)
    from found f
  )
  select f.id from found f order by f.id
$$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['send_facts(jsonb)', 'replays(jsonb)', 'send(jsonb)', 'facts(jsonb)',
    'move(jsonb)', 'try_arrival(jsonb)', 'renew_arrival(jsonb)', 'open_access(jsonb)',
    'notes_of(uuid, uuid, text[])', 'open_note(jsonb)', 'read_payload(jsonb)', 'ring(jsonb)',
    'follow_up(jsonb)', 'purge_draft(jsonb)', 'state_of(uuid)',
    'revoke(uuid[], text, text, uuid, uuid, text)', 'follow_ownership(uuid, uuid, uuid, text, uuid)',
    'call_for_review(uuid, text, uuid, text[], text, uuid, text)'] loop
    execute format('revoke all on function referrals.%s from public', name);
  end loop;
end $$;
grant execute on function referrals.send_facts(jsonb), referrals.replays(jsonb), referrals.send(jsonb), referrals.facts(jsonb),
  referrals.move(jsonb), referrals.try_arrival(jsonb), referrals.renew_arrival(jsonb),
  referrals.open_access(jsonb), referrals.notes_of(uuid, uuid, text[]), referrals.open_note(jsonb),
  referrals.read_payload(jsonb), referrals.ring(jsonb), referrals.follow_up(jsonb),
  referrals.purge_draft(jsonb) to titian_referrals;
grant execute on function referrals.call_for_review(uuid, text, uuid, text[], text, uuid, text)
  to titian_cases;
