-- Cases: pseudonymous, one owner agency, data per category sealed at rest.
create schema cases;
--> statement-breakpoint
create table cases.case_record (
  id uuid primary key,
  reference text not null unique,
  owner uuid not null,
  status text not null default 'open' check (status in ('open', 'closed')),
  age_band text not null,
  district text,
  languages text[] not null default '{}',
  needs text[] not null default '{}',
  own_wish text check (own_wish in ('wants_this', 'does_not_want_this', 'undecided')),
  own_wish_at timestamptz,
  risk text check (risk in ('low', 'medium', 'high')),
  risk_assessed_at timestamptz,
  version int not null default 1,
  opened_by text not null,
  opened_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
create index case_record_owner on cases.case_record (owner, id desc);
--> statement-breakpoint
create table cases.stage (
  case_id uuid not null references cases.case_record,
  stage text not null,
  state text not null,
  reason text,
  ask_again_on date,
  set_by text not null,
  -- When it came to be so; recorded later, when the hub heard of it late.
  since timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  primary key (case_id, stage)
);
--> statement-breakpoint
create table cases.do_not_send (
  case_id uuid not null references cases.case_record,
  agency uuid not null,
  set_by text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (case_id, agency)
);
--> statement-breakpoint
-- Sealed payload, every version kept until erased. No login role may select from it.
create table cases.datum (
  case_id uuid not null references cases.case_record,
  category text not null,
  version int not null,
  is_current boolean not null default true,
  ciphertext bytea not null,
  wrapped_key bytea,
  author text not null,
  author_agency uuid not null,
  at timestamptz not null default clock_timestamp(),
  primary key (case_id, category, version)
);
--> statement-breakpoint
create unique index datum_current on cases.datum (case_id, category) where is_current;
--> statement-breakpoint
create table cases.access (
  id uuid primary key,
  case_id uuid not null,
  category text not null,
  agency uuid not null,
  actor text not null,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  used_at timestamptz
);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['case_record', 'stage', 'do_not_send', 'datum', 'access'] loop
    execute format('alter table cases.%I enable row level security', name);
    execute format('alter table cases.%I force row level security', name);
    execute format('create policy owner on cases.%I to titian_owner using (true) with check (true)', name);
  end loop;
end $$;
--> statement-breakpoint
create policy own on cases.case_record to titian_cases
  using (owner = any((select journal.agencies())::uuid[]))
  with check (owner = any((select journal.agencies())::uuid[]));
create policy own on cases.stage to titian_cases
  using (exists (select from cases.case_record c where c.id = case_id));
create policy own on cases.do_not_send to titian_cases
  using (exists (select from cases.case_record c where c.id = case_id));
grant usage on schema cases to titian_cases, titian_consent, titian_referrals;
grant select, insert, update on cases.case_record to titian_cases;
grant select, insert, update on cases.stage to titian_cases;
grant select, insert, delete on cases.do_not_send to titian_cases;
--> statement-breakpoint
-- Writes new versions of sealed data. rows: {i, case, category, agency, actor, ciphertext,
-- wrapped_key} (base64). outcome: ok | absent. One new version per row.
create function cases.write_data(p_rows jsonb)
  returns table (i int, outcome text, version int)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_own uuid[];
begin
  with locked as (
    select c.id from cases.case_record c
    join (select r."case", r.agency from jsonb_to_recordset(p_rows) as r("case" uuid, agency uuid)) a
      on a."case" = c.id and a.agency = c.owner
    where c.status = 'open'
    order by c.id for no key update of c
  )
  select coalesce(array_agg(l.id), '{}') into v_own from locked l;
  -- A new snapshot: the version that another writer committed while we waited is seen.
  return query
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, "case" uuid, category text, agency uuid, actor text, ciphertext text, wrapped_key text)
  ), old as (
    update cases.datum d set is_current = false
    from asked a where d.case_id = a."case" and d.category = a.category and d.is_current
      and a."case" = any(v_own)
    returning d.case_id, d.category, d.version
  ), written as (
    insert into cases.datum (case_id, category, version, ciphertext, wrapped_key, author, author_agency)
    select a."case", a.category,
      coalesce((select o.version from old o where o.case_id = a."case" and o.category = a.category), 0) + 1,
      decode(a.ciphertext, 'base64'), decode(a.wrapped_key, 'base64'), a.actor, a.agency
    from asked a where a."case" = any(v_own)
    returning datum.case_id, datum.category, datum.version
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    select 'cases.data.written.v1', a.agency, a.actor, array[a.agency], a."case", a."case",
      array[a.category], jsonb_build_object('version', w.version)
    from asked a join written w on w.case_id = a."case" and w.category = a.category
  )
  select a.i, case when w.version is null then 'absent' else 'ok' end, w.version
  from asked a left join written w on w.case_id = a."case" and w.category = a.category;
end $$;
--> statement-breakpoint
-- Whose a case is; null when it is not there.
create function cases.owner_of(p_case uuid) returns uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select owner from cases.case_record where id = p_case
$$;
--> statement-breakpoint
-- Which categories a case holds data in, without the data. No row: none, absent or another agency's.
create function cases.data_held(p_case uuid, p_agency uuid)
  returns table (category text, version int, at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.category, d.version, d.at from cases.datum d
  join cases.case_record c on c.id = d.case_id and c.owner = p_agency
  where d.case_id = p_case and d.is_current and d.wrapped_key is not null
  order by d.category
$$;
--> statement-breakpoint
-- First half of reading: puts the opening on the record. MUST be committed before read_payload.
-- rows: {i, access, case, category, agency, actor, purpose}. outcome: ok | absent.
create function cases.open_access(p_rows jsonb)
  returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, access uuid, "case" uuid, category text, agency uuid, actor text, purpose text)
  ), opened as (
    insert into cases.access (id, case_id, category, agency, actor)
    select a.access, a."case", a.category, a.agency, a.actor
    from asked a
    join cases.case_record c on c.id = a."case" and c.owner = a.agency
    join cases.datum d on d.case_id = c.id and d.category = a.category and d.is_current
      and d.wrapped_key is not null
    returning id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'cases.data.opened.v1', a.agency, a.actor, array[a.agency], a."case", a."case", a.purpose,
      array[a.category], jsonb_build_object('access', a.access)
    from asked a join opened o on o.id = a.access
  )
  select a.i, case when o.id is null then 'absent' else 'ok' end
  from asked a left join opened o on o.id = a.access
$$;
--> statement-breakpoint
-- Second half: demands a committed, unused record of the same actor, under 30 s old.
-- rows: {i, access, agency, actor}. No row for i: refused.
create function cases.read_payload(p_rows jsonb)
  returns table (i int, case_id uuid, category text, version int, ciphertext bytea, wrapped_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, agency uuid, actor text)
  ), used as (
    update cases.access x set used_at = clock_timestamp()
    from asked a
    where x.id = a.access and x.agency = a.agency and x.actor = a.actor and x.used_at is null
      and x.at > clock_timestamp() - interval '30 seconds'
      and pg_xact_status(x.xid) = 'committed'
    returning a.i, x.case_id, x.category
  )
  select u.i, d.case_id, d.category, d.version, d.ciphertext, d.wrapped_key
  from used u join cases.datum d on d.case_id = u.case_id and d.category = u.category and d.is_current
    and d.wrapped_key is not null
$$;
--> statement-breakpoint
-- What a hand-off needs to know of a case. rows: {i, case, agency, recipient, categories}.
-- No row for i: absent or another agency's. `data` holds sealed boxes in base64.
create function cases.package_source(p_rows jsonb)
  returns table (i int, status text, age_band text, district text, languages text[], needs text[],
    has_wish boolean, has_risk_assessment boolean, is_blocked boolean, data jsonb)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.i, c.status, c.age_band, c.district, c.languages, c.needs,
    c.own_wish is not distinct from 'wants_this', c.risk_assessed_at is not null,
    exists (select from cases.do_not_send n where n.case_id = c.id and n.agency = a.recipient),
    (select jsonb_agg(jsonb_build_object('category', d.category, 'version', d.version,
        'ciphertext', encode(d.ciphertext, 'base64'), 'wrapped_key', encode(d.wrapped_key, 'base64')))
      from cases.datum d
      where d.case_id = c.id and d.is_current and d.wrapped_key is not null
        and d.category = any(a.categories))
  from jsonb_to_recordset(p_rows) as a(
    i int, "case" uuid, agency uuid, recipient uuid, categories text[])
  join cases.case_record c on c.id = a."case" and c.owner = a.agency
$$;
--> statement-breakpoint
-- Which hand-offs go to an agency on their case's do-not-send list; asked inside the sending
-- transaction. rows: {i, case, recipient}; a row for i: blocked.
create function cases.blocked(p_rows jsonb) returns table (i int)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.i from jsonb_to_recordset(p_rows) as a(i int, "case" uuid, recipient uuid)
  join cases.do_not_send n on n.case_id = a."case" and n.agency = a.recipient
$$;
--> statement-breakpoint
-- Agencies that a case must not be sent to, for a search that leaves them out. Null: the case is
-- absent or another agency's.
create function cases.do_not_send_of(p_case uuid, p_agency uuid) returns uuid[]
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select array(select n.agency from cases.do_not_send n where n.case_id = c.id)
  from cases.case_record c where c.id = p_case and c.owner = p_agency
$$;
--> statement-breakpoint
-- What the consent service needs to know of a case. No row: absent or another agency's. Holds the
-- case FOR SHARE, so that it cannot change hands before the caller's transaction ends.
create function cases.consent_facts(p_case uuid, p_agency uuid)
  returns table (id uuid, reference text, age_band text, status text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select c.id, c.reference, c.age_band, c.status from cases.case_record c
  where c.id = p_case and c.owner = p_agency for share
$$;
--> statement-breakpoint
-- Which of these cases are of somebody under 18 or of unknown age, for whom a guardian consents.
create function cases.minors(p_cases uuid[]) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id from cases.case_record c
  where c.id = any(p_cases) and c.age_band in ('under_12', 'from_12_to_17', 'unknown')
$$;
--> statement-breakpoint
-- Moves ownership at the hand-over of a transfer, with the consents that the case carries.
-- Raises TT001 when the sender no longer owns the case.
create function cases.take_ownership(p_case uuid, p_from uuid, p_to uuid, p_actor text, p_referral uuid)
  returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update cases.case_record c set owner = p_to, version = c.version + 1, changed_at = clock_timestamp()
  where c.id = p_case and c.owner = p_from;
  if not found then raise exception 'the sender no longer owns the case' using errcode = 'TT001'; end if;
  perform consent.follow_ownership(p_case, p_to);
  insert into journal.entry (type, agency, actor, concerned, subject, object, data)
  values ('cases.case.transferred.v1', p_to, p_actor, array[p_from, p_to], p_case, p_case,
    jsonb_build_object('referral', p_referral));
  return true;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['write_data(jsonb)', 'owner_of(uuid)', 'data_held(uuid, uuid)', 'open_access(jsonb)', 'read_payload(jsonb)',
    'package_source(jsonb)', 'blocked(jsonb)', 'do_not_send_of(uuid, uuid)', 'consent_facts(uuid, uuid)',
    'minors(uuid[])', 'take_ownership(uuid, uuid, uuid, text, uuid)'] loop
    execute format('revoke all on function cases.%s from public', name);
  end loop;
end $$;
grant execute on function cases.write_data(jsonb), cases.data_held(uuid, uuid),
  cases.open_access(jsonb), cases.read_payload(jsonb) to titian_cases;
grant execute on function cases.consent_facts(uuid, uuid), cases.minors(uuid[]) to titian_consent;
grant usage on schema cases to titian_directory;
grant execute on function cases.do_not_send_of(uuid, uuid) to titian_directory;
