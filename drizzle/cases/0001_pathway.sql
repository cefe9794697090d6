-- The pathway: what each referral did, what people record beside it, and the gaps that follow.
-- What each referral did, as heard from events. A referral is live until it completed or ended.
create table cases.referral_fact (
  referral uuid primary key,
  case_id uuid not null references cases.case_record,
  purpose text not null,
  urgency text,
  recipient uuid,
  progress text not null check (progress in ('referred', 'in_service', 'completed', 'ended')),
  -- Place in the ledger of the last step heard.
  position bigint not null,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  accepted_at timestamptz,
  contact_due timestamptz,
  handed_over_at timestamptz,
  completed_at timestamptz,
  closed_at timestamptz,
  close_reason text,
  ended_at timestamptz,
  end_state text,
  end_reason text
);
create index referral_fact_case on cases.referral_fact (case_id);
create index referral_fact_sent on cases.referral_fact (sent_at) where sent_at is not null;
--> statement-breakpoint
-- One row a case: who manages it, how it closed, and when its gaps are to be looked at next.
create table cases.pathway (
  case_id uuid primary key references cases.case_record,
  manager text,
  closed_at timestamptz,
  close_reason text,
  evaluated_at timestamptz not null,
  due_at timestamptz
);
create index pathway_due on cases.pathway (due_at) where due_at is not null;
create index pathway_manager on cases.pathway (manager) where manager is not null;
--> statement-breakpoint
-- What people record: codes and days. Words and findings are sealed, in entry_box.
create table cases.entry (
  id uuid primary key,
  case_id uuid not null references cases.case_record,
  kind text not null check (kind in ('assessment', 'goal', 'conference', 'safety_plan',
    'contact_attempt', 'visit')),
  -- Which one of its kind in the case; a goal counts its changes.
  version int not null default 1,
  stage text,
  state text,
  happened_at timestamptz not null,
  due_on date,
  details jsonb not null default '{}',
  author text not null,
  author_agency uuid not null,
  at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp()
);
create index entry_case on cases.entry (case_id, id desc);
create unique index entry_version on cases.entry (case_id, kind, version)
  where kind in ('assessment', 'safety_plan');
--> statement-breakpoint
-- No login role may select from it. Erasing wrapped_key erases the content.
create table cases.entry_box (
  entry uuid not null references cases.entry,
  category text not null,
  ciphertext bytea not null,
  wrapped_key bytea,
  primary key (entry, category)
);
create table cases.entry_access (
  id uuid primary key,
  entry uuid not null,
  category text not null,
  agency uuid not null,
  actor text not null,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  used_at timestamptz
);
--> statement-breakpoint
create table cases.gap (
  id uuid primary key default journal.new_id(),
  case_id uuid not null references cases.case_record,
  owner uuid not null,
  -- What it is about within the case: the same key, the same gap.
  key text not null,
  rule text not null,
  stage text,
  referral uuid,
  severity text not null check (severity in ('low', 'medium', 'high')),
  rank int not null generated always as
    (case severity when 'high' then 3 when 'medium' then 2 else 1 end) stored,
  -- Province or country of the case at the time, for counts.
  area text,
  opened_at timestamptz(3) not null,
  closed_at timestamptz(3)
);
create unique index gap_open on cases.gap (case_id, key) where closed_at is null;
create index gap_case on cases.gap (case_id, id desc);
create index gap_worklist on cases.gap (owner, rank desc, opened_at, id) where closed_at is null;
create index gap_opened on cases.gap (opened_at);
--> statement-breakpoint
-- Rules that this hub set otherwise than services/cases/gap-rules.ts does.
create table cases.gap_setting (
  rule text primary key,
  amounts int[] not null,
  severity text not null check (severity in ('low', 'medium', 'high')),
  is_on boolean not null,
  version int not null,
  set_by text not null,
  at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['referral_fact', 'pathway', 'entry', 'entry_box', 'entry_access', 'gap',
    'gap_setting'] loop
    execute format('alter table cases.%I enable row level security', name);
    execute format('alter table cases.%I force row level security', name);
    execute format('create policy owner on cases.%I to titian_owner using (true) with check (true)', name);
  end loop;
  foreach name in array array['referral_fact', 'pathway', 'entry'] loop
    execute format('create policy own on cases.%I to titian_cases
      using (exists (select from cases.case_record c where c.id = case_id))
      with check (exists (select from cases.case_record c where c.id = case_id))', name);
  end loop;
end $$;
create policy own on cases.entry_box for insert to titian_cases
  with check (exists (select from cases.entry e where e.id = entry
    and e.author_agency = any((select journal.agencies())::uuid[])));
create policy own on cases.gap for select to titian_cases
  using (owner = any((select journal.agencies())::uuid[]));
create policy read on cases.gap_setting for select to titian_cases using (true);
-- Only the hub, which acts for no agency, sets a rule.
create policy add on cases.gap_setting for insert to titian_cases
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
create policy change on cases.gap_setting for update to titian_cases
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
grant select on cases.gap to titian_cases;
grant select, update (manager, closed_at, close_reason) on cases.pathway to titian_cases;
grant select, insert, update (version, state, due_on, details, changed_at) on cases.entry
  to titian_cases;
grant insert on cases.entry_box to titian_cases;
grant select, insert, update on cases.gap_setting to titian_cases;
--> statement-breakpoint
-- Every case has a pathway from its opening on, whoever opens it.
create function cases.begin_pathway() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into cases.pathway (case_id, manager, evaluated_at, due_at)
  values (new.id, new.opened_by, new.opened_at, new.opened_at);
  return null;
end $$;
create trigger begin_pathway after insert on cases.case_record
  for each row execute function cases.begin_pathway();
-- Gaps go with their case to its new owner, where somebody has yet to take charge.
create function cases.move_gaps() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update cases.gap set owner = new.owner where case_id = new.id and closed_at is null;
  update cases.pathway set manager = null where case_id = new.id;
  return null;
end $$;
create trigger move_gaps after update of owner on cases.case_record
  for each row when (old.owner is distinct from new.owner) execute function cases.move_gaps();
--> statement-breakpoint
-- Holds a case for the hub, as a change to it by its owner does.
create function cases.hold_case(p_case uuid) returns table (id uuid)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select c.id from cases.case_record c where c.id = p_case and journal.actor() = 'hub'
  for no key update
$$;
--> statement-breakpoint
-- Hears what a referral did and lets its stage follow. Order of calls does not matter. What a person
-- set stands when the last referral ended, and until a referral makes a further step.
-- event: {case, referral, purpose, is_stage, verb, progress, at, position, reason, urgency, service,
-- contact_due}; `at` and `contact_due` are RFC 3339.
create function cases.follow_referral(p_event jsonb) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  e record;
  v_state text;
  v_was cases.stage;
  v_before text;
  v_owner uuid;
begin
  select * into e from jsonb_to_record(p_event) as r("case" uuid, referral uuid, purpose text,
    is_stage boolean, verb text, progress text, at timestamptz, position bigint, reason text,
    urgency text, service uuid, contact_due timestamptz);
  select c.owner into v_owner from cases.case_record c where c.id = e."case" for no key update;
  if not found then return null; end if;
  select f.progress into v_before from cases.referral_fact f where f.referral = e.referral;
  insert into cases.referral_fact as f (referral, case_id, purpose, urgency, recipient, progress,
    position, sent_at, acknowledged_at, accepted_at, contact_due, handed_over_at, completed_at,
    closed_at, close_reason, ended_at, end_state, end_reason)
  values (e.referral, e."case", e.purpose, e.urgency,
    (select s.agency from directory.service_facts(
      jsonb_build_array(jsonb_build_object('i', 0, 'service', e.service))) s),
    e.progress, e.position,
    case e.verb when 'sent' then e.at end,
    case e.verb when 'acknowledged' then e.at end,
    case e.verb when 'accepted' then e.at end,
    e.contact_due,
    case e.verb when 'handed_over' then e.at end,
    case e.verb when 'completed' then e.at end,
    case e.verb when 'closed' then e.at end,
    case e.verb when 'closed' then e.reason end,
    case e.progress when 'ended' then e.at end,
    case e.progress when 'ended' then e.verb end,
    case e.progress when 'ended' then e.reason end)
  on conflict (referral) do update set
    urgency = coalesce(f.urgency, excluded.urgency),
    recipient = coalesce(f.recipient, excluded.recipient),
    sent_at = coalesce(f.sent_at, excluded.sent_at),
    acknowledged_at = coalesce(f.acknowledged_at, excluded.acknowledged_at),
    accepted_at = coalesce(f.accepted_at, excluded.accepted_at),
    contact_due = coalesce(excluded.contact_due, f.contact_due),
    handed_over_at = coalesce(f.handed_over_at, excluded.handed_over_at),
    completed_at = case
      when e.verb = 'disputed' and f.position < e.position then null
      when e.verb = 'completed' and f.position > e.position and f.progress = 'in_service' then null
      else coalesce(f.completed_at, excluded.completed_at) end,
    closed_at = coalesce(f.closed_at, excluded.closed_at),
    close_reason = coalesce(f.close_reason, excluded.close_reason),
    ended_at = coalesce(f.ended_at, excluded.ended_at),
    end_state = coalesce(f.end_state, excluded.end_state),
    end_reason = coalesce(f.end_reason, excluded.end_reason),
    progress = case when f.position < e.position then e.progress else f.progress end,
    position = greatest(f.position, e.position);
  select * into v_was from cases.stage s where s.case_id = e."case" and s.stage = e.purpose;
  if not e.is_stage or v_before = e.progress or exists (select from cases.referral_fact f
    where f.referral = e.referral and f.position > e.position) then return v_was.state; end if;
  select case
      when bool_or(f.progress = 'in_service') then 'in_service'
      when bool_or(f.progress = 'referred') then 'referred'
      when bool_or(f.progress = 'completed') then 'completed'
      else 'needed' end
    into v_state
  from cases.referral_fact f where f.case_id = e."case" and f.purpose = e.purpose;
  if v_was.state is not distinct from v_state
    or (e.progress = 'ended' and v_state in ('needed', 'completed') and v_was.set_by <> 'hub')
    then return v_was.state; end if;
  insert into cases.stage (case_id, stage, state, set_by, since)
  values (e."case", e.purpose, v_state, 'hub', e.at)
  on conflict (case_id, stage) do update
    set state = excluded.state, reason = null, ask_again_on = null, set_by = 'hub',
        since = excluded.since, changed_at = clock_timestamp();
  insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, data)
  values ('cases.stage.followed.v1', null, 'hub', array[v_owner], e."case", e."case", e.purpose,
    jsonb_build_object('state', v_state, 'referral', e.referral));
  return v_state;
end $$;
--> statement-breakpoint
create function cases.ms(p_at timestamptz) returns bigint language sql immutable
  set search_path = pg_catalog as $$ select floor(extract(epoch from p_at) * 1000)::bigint $$;
create function cases.from_ms(p_ms bigint) returns timestamptz language sql immutable
  set search_path = pg_catalog as $$ select to_timestamp(p_ms / 1000.0) $$;
--> statement-breakpoint
-- Locks cases whose gaps are due by then, the longest overdue first; those in other hands wait for the
-- next time.
create function cases.due_cases(p_until timestamptz, p_limit int) returns table (case_id uuid)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select c.id from cases.pathway w join cases.case_record c on c.id = w.case_id
  where w.due_at <= p_until and journal.actor() = 'hub'
  order by w.due_at limit p_limit for no key update of c skip locked
$$;
--> statement-breakpoint
-- What the rules of services/cases/gap-rules.ts look at (PathwaySnapshot), in milliseconds, of cases
-- of the caller's own agency, or for the hub of any. p_due: only those that are due by then.
create function cases.pathway_facts(p_cases uuid[], p_due timestamptz)
  returns table (case_id uuid, evaluated_at bigint, facts jsonb)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, cases.ms(w.evaluated_at), jsonb_build_object(
    'openedAt', cases.ms(c.opened_at),
    'isClosed', c.status = 'closed',
    'isDeceased', coalesce(w.close_reason = 'deceased', false) or exists (
      select from cases.referral_fact f where f.case_id = c.id and f.close_reason = 'deceased'),
    'stages', coalesce((select jsonb_object_agg(s.stage, jsonb_build_object('state', s.state,
        'since', cases.ms(s.since))) from cases.stage s where s.case_id = c.id), '{}'),
    'referrals', coalesce((select jsonb_agg(jsonb_build_object('id', f.referral,
        'purpose', f.purpose, 'acceptedAt', cases.ms(f.accepted_at),
        'contactDue', cases.ms(f.contact_due), 'handedOverAt', cases.ms(f.handed_over_at),
        'completedAt', cases.ms(f.completed_at), 'endedAt', cases.ms(f.ended_at),
        'end', f.end_state)) from cases.referral_fact f
      where f.case_id = c.id and f.sent_at is not null), '[]'),
    'assessedAt', (select min(cases.ms(e.happened_at)) from cases.entry e
      where e.case_id = c.id and e.kind = 'assessment'),
    'failedAttempts', coalesce((select jsonb_agg(cases.ms(e.happened_at) order by e.happened_at, e.id)
      from cases.entry e where e.case_id = c.id and e.kind = 'contact_attempt' and e.state <> 'reached'
        and e.happened_at > coalesce((select max(r.happened_at) from cases.entry r
          where r.case_id = c.id and (r.kind = 'visit'
            or (r.kind = 'contact_attempt' and r.state = 'reached'))), '-infinity')), '[]'),
    'closings', coalesce((select jsonb_agg(x.ms order by x.ms) from (
        select cases.ms(f.closed_at) as ms from cases.referral_fact f
        where f.case_id = c.id and f.closed_at is not null and f.purpose <> 'statutory_report'
        union all select cases.ms(w.closed_at) where w.closed_at is not null) x), '[]'),
    'visits', coalesce((select jsonb_agg(cases.ms(e.happened_at) order by e.happened_at)
      from cases.entry e where e.case_id = c.id and e.kind = 'visit'), '[]'))
  from cases.case_record c join cases.pathway w on w.case_id = c.id
  where c.id = any(p_cases) and (p_due is null or w.due_at <= p_due)
    and (journal.actor() = 'hub' or c.owner = any(journal.agencies()))
$$;
--> statement-breakpoint
-- Writes down which gaps cases have: those that are no more are closed, new ones open, each on the
-- record. rows: {case, at, floor, due_at, gaps: [{key, rule, stage, referral, severity, from}]},
-- instants in milliseconds. A gap opened at `from`, not before `floor`. The caller MUST hold the cases.
create function cases.apply_gaps(p_rows jsonb) returns int
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.*, c.owner, case when c.district ~ '^[0-9]' then left(c.district, 2) else c.district end
      as area
    from jsonb_to_recordset(p_rows) as r("case" uuid, at bigint, floor bigint, due_at bigint, gaps jsonb)
    join cases.case_record c on c.id = r."case"
    where journal.actor() = 'hub' or c.owner = any(journal.agencies())
  ), wanted as materialized (
    select a."case", a.owner, a.area, x.key, x.rule, x.stage, x.referral, x.severity,
      cases.from_ms(greatest(x."from", a.floor)) as opened_at
    from asked a cross join jsonb_to_recordset(a.gaps) as x(key text, rule text, stage text,
      referral uuid, severity text, "from" bigint)
  ), closed as (
    update cases.gap g set closed_at = greatest(cases.from_ms(a.at), g.opened_at)
    from asked a where g.case_id = a."case" and g.closed_at is null
      and not exists (select from wanted w where w."case" = g.case_id and w.key = g.key)
    returning g.*
  ), graded as (
    update cases.gap g set severity = w.severity
    from wanted w where g.case_id = w."case" and g.key = w.key and g.closed_at is null
      and g.severity <> w.severity
  ), opened as (
    insert into cases.gap (case_id, owner, key, rule, stage, referral, severity, area, opened_at)
    select w."case", w.owner, w.key, w.rule, w.stage, w.referral, w.severity, w.area, w.opened_at
    from wanted w where not exists (select from cases.gap g
      where g.case_id = w."case" and g.key = w.key and g.closed_at is null)
    returning *
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, reason, data)
    select x.type, null, 'hub', array[x.owner], x.case_id, x.case_id, x.stage, x.rule,
      jsonb_build_object('gap', x.id, 'severity', x.severity, 'at', x.at)
    from (
      select 'cases.gap.opened.v1' as type, o.owner, o.case_id, o.stage, o.rule, o.id, o.severity,
        o.opened_at as at from opened o
      union all
      select 'cases.gap.closed.v1', c.owner, c.case_id, c.stage, c.rule, c.id, c.severity, c.closed_at
      from closed c) x
  ), looked as (
    update cases.pathway w set evaluated_at = greatest(w.evaluated_at, cases.from_ms(a.at)),
      due_at = cases.from_ms(a.due_at)
    from asked a where w.case_id = a."case"
  )
  select count(*)::int from opened
$$;
--> statement-breakpoint
-- Has the gaps of every open case looked at again, after a rule was set otherwise.
create function cases.look_again(p_at timestamptz) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update cases.pathway set due_at = p_at
  where (due_at is null or due_at > p_at) and journal.actor() is not null
    and cardinality(journal.agencies()) = 0
$$;
--> statement-breakpoint
-- First half of reading what an entry says; as cases.open_access. Its author's agency reads it while
-- the case is its own. rows: {i, access, entry, category, agency, actor}. outcome: ok | absent.
create function cases.open_entry(p_rows jsonb)
  returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, access uuid, "case" uuid, entry uuid, category text, agency uuid, actor text)
  ), opened as (
    insert into cases.entry_access (id, entry, category, agency, actor)
    select a.access, a.entry, a.category, a.agency, a.actor
    from asked a
    join cases.entry e on e.id = a.entry and e.case_id = a."case" and e.author_agency = a.agency
    join cases.case_record c on c.id = e.case_id and c.owner = a.agency
    join cases.entry_box b on b.entry = e.id and b.category = a.category and b.wrapped_key is not null
    returning id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    select 'cases.entry.opened.v1', a.agency, a.actor, array[a.agency], a."case", a.entry,
      array[a.category], jsonb_build_object('access', a.access)
    from asked a join opened o on o.id = a.access
  )
  select a.i, case when o.id is null then 'absent' else 'ok' end
  from asked a left join opened o on o.id = a.access
$$;
--> statement-breakpoint
-- Second half: demands a committed, unused record of the same actor, under 30 s old.
-- rows: {i, access, agency, actor}. No row for i: refused.
create function cases.read_entry(p_rows jsonb)
  returns table (i int, ciphertext bytea, wrapped_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, agency uuid, actor text)
  ), used as (
    update cases.entry_access x set used_at = clock_timestamp()
    from asked a
    where x.id = a.access and x.agency = a.agency and x.actor = a.actor and x.used_at is null
      and x.at > clock_timestamp() - interval '30 seconds'
      and pg_xact_status(x.xid) = 'committed'
    returning a.i, x.entry, x.category
  )
  select u.i, b.ciphertext, b.wrapped_key
  from used u join cases.entry_box b on b.entry = u.entry and b.category = u.category
    and b.wrapped_key is not null
$$;
--> statement-breakpoint
-- Which categories entries hold words or findings in, without them.
create function cases.entry_categories(p_entries uuid[], p_agency uuid)
  returns table (entry uuid, categories text[])
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select b.entry, array_agg(b.category order by b.category)
  from cases.entry_box b
  join cases.entry e on e.id = b.entry and e.author_agency = p_agency
  join cases.case_record c on c.id = e.case_id and c.owner = p_agency
  where b.entry = any(p_entries) and b.wrapped_key is not null group by b.entry
$$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['begin_pathway()', 'move_gaps()', 'hold_case(uuid)', 'follow_referral(jsonb)',
    'due_cases(timestamptz, int)', 'pathway_facts(uuid[], timestamptz)', 'apply_gaps(jsonb)',
    'look_again(timestamptz)', 'open_entry(jsonb)', 'read_entry(jsonb)', 'entry_categories(uuid[], uuid)',
    'ms(timestamptz)', 'from_ms(bigint)'] loop
    execute format('revoke all on function cases.%s from public', name);
  end loop;
end $$;
grant execute on function cases.hold_case(uuid), cases.follow_referral(jsonb), cases.due_cases(timestamptz, int),
  cases.pathway_facts(uuid[], timestamptz), cases.apply_gaps(jsonb), cases.look_again(timestamptz),
  cases.open_entry(jsonb), cases.read_entry(jsonb), cases.entry_categories(uuid[], uuid) to titian_cases;
