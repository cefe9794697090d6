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
  version int not null default 1,
  opened_by text not null,
  opened_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
create index case_record_owner on cases.case_record (owner, id desc);
--> statement-breakpoint
-- What the survivor wants of each kind of return, and what it risks: the newest row of a purpose counts.
create table cases.own_wish (
  id uuid primary key,
  case_id uuid not null references cases.case_record,
  purpose text not null,
  wish text not null check (wish in ('wants_this', 'does_not_want_this', 'undecided')),
  recorded_by text not null,
  at timestamptz not null default clock_timestamp()
);
create index own_wish_newest on cases.own_wish (case_id, purpose, at desc);
create table cases.risk_assessment (
  id uuid primary key,
  case_id uuid not null references cases.case_record,
  purpose text not null,
  risk text not null check (risk in ('low', 'medium', 'high')),
  recorded_by text not null,
  at timestamptz not null default clock_timestamp()
);
create index risk_assessment_newest on cases.risk_assessment (case_id, purpose, at desc);
--> statement-breakpoint
-- Agencies that owned the case before. Each still reads what it wrote, but for categories that the
-- survivor withdrew from it.
create table cases.former_owner (
  case_id uuid not null references cases.case_record,
  agency uuid not null,
  -- The transfer by which the case left it.
  referral uuid not null,
  stopped text[] not null default '{}',
  at timestamptz not null default clock_timestamp(),
  primary key (case_id, agency)
);
--> statement-breakpoint
-- Which data of other agencies came to a new owner in the package of its transfer. A consent that was
-- given to an earlier owner opens these alone.
create table cases.entrusted (
  case_id uuid not null references cases.case_record,
  agency uuid not null,
  category text not null,
  author_agency uuid not null,
  primary key (case_id, agency, category, author_agency)
);
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
-- Sealed payload, every version kept until erased. No login role may select from it. Each agency writes
-- versions of its own and never over another's.
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
  primary key (case_id, category, author_agency, version)
);
--> statement-breakpoint
create unique index datum_current on cases.datum (case_id, category, author_agency) where is_current;
--> statement-breakpoint
create table cases.access (
  id uuid primary key,
  case_id uuid not null,
  category text not null,
  author_agency uuid not null,
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
  foreach name in array array['case_record', 'own_wish', 'risk_assessment', 'former_owner',
    'entrusted', 'stage', 'do_not_send', 'datum', 'access'] loop
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
create policy own on cases.own_wish to titian_cases
  using (exists (select from cases.case_record c where c.id = case_id));
create policy own on cases.risk_assessment to titian_cases
  using (exists (select from cases.case_record c where c.id = case_id));
create policy own on cases.do_not_send to titian_cases
  using (exists (select from cases.case_record c where c.id = case_id));
grant usage on schema cases to titian_cases, titian_consent, titian_referrals;
grant select, insert, update on cases.case_record to titian_cases;
grant select, insert, update on cases.stage to titian_cases;
grant select, insert on cases.own_wish, cases.risk_assessment to titian_cases;
grant select, insert, delete on cases.do_not_send to titian_cases;
--> statement-breakpoint
-- Which data of a case an agency may use: the owner, and an owner of before, what it wrote itself; the
-- owner also what a consent names it for. One that was given to an earlier owner opens what came in the
-- transfer's package and nothing else. rows: {i, case, agency}. p_hold keeps those consents from ending
-- until the caller's transaction ends; it MUST then come before any lock on the case. p_onward asks for
-- what may be sent on: of what others wrote only what a consent names that lets it be passed on.
create function cases.usable(p_rows jsonb, p_hold boolean, p_onward boolean)
  returns table (i int, category text, author_agency uuid, version int, at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_asked jsonb;
  v_named jsonb;
begin
  select jsonb_agg(jsonb_build_object('i', r.i, 'case', r."case", 'recipient', r.agency)) into v_asked
  from jsonb_to_recordset(p_rows) as r(i int, "case" uuid, agency uuid);
  if p_hold then
    select jsonb_agg(to_jsonb(h)) into v_named from consent.hold_grant(v_asked) h;
  else
    select jsonb_agg(to_jsonb(h)) into v_named from consent.permitted(v_asked) h;
  end if;
  return query
  select a.i, d.category, d.author_agency, d.version, d.at
  from jsonb_to_recordset(p_rows) as a(i int, "case" uuid, agency uuid)
  join cases.case_record c on c.id = a."case"
  join cases.datum d on d.case_id = c.id and d.is_current and d.wrapped_key is not null
  where (d.author_agency = a.agency and (c.owner = a.agency
      or exists (select from cases.former_owner f where f.case_id = c.id and f.agency = a.agency
        and not d.category = any(f.stopped))))
    or (c.owner = a.agency and exists (
      select from jsonb_to_recordset(v_named) as n(i int, categories text[], onward text, inherited boolean)
      where n.i = a.i and d.category = any(n.categories)
        and (not p_onward or n.onward = 'with_new_consent')
        and (not n.inherited or exists (select from cases.entrusted e where e.case_id = c.id
          and e.agency = a.agency and e.category = d.category
          and e.author_agency = d.author_agency))));
end $$;
--> statement-breakpoint
-- Writes a new version of what the owner itself wrote. rows: {i, case, category, agency, actor,
-- ciphertext, wrapped_key (base64), replaces}. replaces: the version that the writer knows, 0 for none,
-- null for any. outcome: ok | absent | conflict, with the version that is there now.
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
  with asked as materialized (
    select r.*, coalesce(d.version, 0) as was,
      r."case" = any(v_own) and coalesce(r.replaces, d.version, 0) = coalesce(d.version, 0) as is_due
    from jsonb_to_recordset(p_rows) as r(i int, "case" uuid, category text, agency uuid, actor text,
      ciphertext text, wrapped_key text, replaces int)
    left join cases.datum d on d.case_id = r."case" and d.category = r.category
      and d.author_agency = r.agency and d.is_current
  ), old as (
    update cases.datum d set is_current = false
    from asked a where d.case_id = a."case" and d.category = a.category
      and d.author_agency = a.agency and d.is_current and a.is_due
    returning a.i
  ), written as (
    -- Joined, so that the version before is put aside first.
    insert into cases.datum (case_id, category, version, ciphertext, wrapped_key, author, author_agency)
    select a."case", a.category, a.was + 1,
      decode(a.ciphertext, 'base64'), decode(a.wrapped_key, 'base64'), a.actor, a.agency
    from asked a left join old o on o.i = a.i where a.is_due
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    select 'cases.data.written.v1', a.agency, a.actor, array[a.agency], a."case", a."case",
      array[a.category], jsonb_build_object('version', a.was + 1)
    from asked a where a.is_due
  )
  select a.i,
    case when a.is_due then 'ok' when a."case" = any(v_own) then 'conflict' else 'absent' end,
    case when a.is_due then a.was + 1 when a."case" = any(v_own) then a.was end
  from asked a;
end $$;
--> statement-breakpoint
-- Whose a case is; null when it is not there.
create function cases.owner_of(p_case uuid) returns uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select owner from cases.case_record where id = p_case
$$;
--> statement-breakpoint
-- Which data of a case its owner may open, without the data: a row for each category and author.
create function cases.data_held(p_case uuid, p_agency uuid)
  returns table (category text, agency uuid, version int, at timestamptz)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select u.category, u.author_agency, u.version, u.at
  from cases.usable(jsonb_build_array(jsonb_build_object('i', 0, 'case', p_case, 'agency', p_agency)),
    false, false) u
  order by u.category, u.at desc
$$;
--> statement-breakpoint
-- First half of reading: puts the opening on the record. MUST be committed before read_payload.
-- rows: {i, access, case, category, author, agency, actor, purpose}; a null author: the newest.
-- outcome: ok | absent.
create function cases.open_access(p_rows jsonb)
  returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, access uuid, "case" uuid, category text, author uuid, agency uuid, actor text, purpose text)
  ), usable as materialized (
    select * from cases.usable(p_rows, true, false)
  ), found as materialized (
    select distinct on (a.i) a.*, u.author_agency
    from asked a join usable u on u.i = a.i and u.category = a.category
      and (a.author is null or a.author = u.author_agency)
    order by a.i, u.at desc, u.version desc
  ), opened as (
    insert into cases.access (id, case_id, category, author_agency, agency, actor)
    select f.access, f."case", f.category, f.author_agency, f.agency, f.actor from found f
    returning id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'cases.data.opened.v1', f.agency, f.actor, array[f.agency], f."case", f."case", f.purpose,
      array[f.category], jsonb_build_object('access', f.access, 'author', f.author_agency)
    from found f join opened o on o.id = f.access
  )
  select a.i, case when o.id is null then 'absent' else 'ok' end
  from asked a left join opened o on o.id = a.access
$$;
--> statement-breakpoint
-- Second half: demands a committed, unused record of the same actor, under 30 s old, and that what
-- permitted it still does. rows: {i, access, agency, actor}. No row for i: refused.
create function cases.read_payload(p_rows jsonb)
  returns table (i int, case_id uuid, category text, agency uuid, version int, ciphertext bytea,
    wrapped_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, agency uuid, actor text)
  ), used as (
    update cases.access x set used_at = clock_timestamp()
    from asked a
    where x.id = a.access and x.agency = a.agency and x.actor = a.actor and x.used_at is null
      and x.at > clock_timestamp() - interval '30 seconds'
      and pg_xact_status(x.xid) = 'committed'
    returning a.i, x.case_id, x.category, x.author_agency, x.agency
  ), usable as materialized (
    select * from cases.usable((select jsonb_agg(jsonb_build_object('i', u.i, 'case', u.case_id,
      'agency', u.agency)) from used u), true, false)
  )
  select u.i, d.case_id, d.category, d.author_agency, d.version, d.ciphertext, d.wrapped_key
  from used u
  join usable m on m.i = u.i and m.category = u.category and m.author_agency = u.author_agency
  join cases.datum d on d.case_id = u.case_id and d.category = u.category
    and d.author_agency = u.author_agency and d.is_current and d.wrapped_key is not null
$$;
--> statement-breakpoint
-- What a hand-off takes from a case: its description and the newest that its owner may send of each
-- category. rows: {i, case, agency, categories}. No row for i: absent or another agency's. `data` holds
-- sealed boxes in base64.
create function cases.package_source(p_rows jsonb)
  returns table (i int, age_band text, district text, languages text[], needs text[], data jsonb)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with newest as materialized (
    select distinct on (u.i, u.category) u.* from cases.usable(p_rows, false, true) u
    order by u.i, u.category, u.at desc, u.version desc
  )
  select a.i, c.age_band, c.district, c.languages, c.needs,
    (select jsonb_agg(jsonb_build_object('category', d.category, 'author', d.author_agency,
        'ciphertext', encode(d.ciphertext, 'base64'), 'wrapped_key', encode(d.wrapped_key, 'base64')))
      from newest n join cases.datum d on d.case_id = c.id and d.category = n.category
        and d.author_agency = n.author_agency and d.version = n.version
      where n.i = a.i and n.category = any(a.categories))
  from jsonb_to_recordset(p_rows) as a(i int, "case" uuid, agency uuid, categories text[])
  join cases.case_record c on c.id = a."case" and c.owner = a.agency
$$;
--> statement-breakpoint
-- Whether a case lets a hand-off happen: open, not kept from this recipient, and for a return wanted by
-- the survivor and assessed. Holds the cases until the transaction ends, so that none of it changes
-- meanwhile; grants and referrals MUST have been locked before. rows: {i, case, agency, recipient,
-- purpose, is_gated}; a null agency: whoever owns it. verdict: ok | case_unknown | blocked |
-- return_gate. The categories that the agency may send: of what it wrote itself, and of what it
-- received, which asks for a consent newer than the transfer by which it came.
create function cases.admit(p_rows jsonb)
  returns table (i int, verdict text, owner uuid, own text[], received text[], age_band text, district text,
    languages text[], needs text[])
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from cases.case_record c
  where c.id in (select r."case" from jsonb_to_recordset(p_rows) as r("case" uuid))
  order by c.id for share;
  -- A new snapshot: what was recorded while we waited is seen.
  return query
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, "case" uuid, agency uuid, recipient uuid, purpose text, is_gated boolean)
  ), used as materialized (
    select u.i, array_agg(u.category) filter (where u.author_agency = a.agency) as own,
      array_agg(distinct u.category) filter (where u.author_agency <> a.agency) as received
    from cases.usable((select jsonb_agg(to_jsonb(a)) from asked a where a.agency is not null),
      true, true) u join asked a on a.i = u.i
    group by u.i
  )
  select a.i,
    case
      when c.id is null or c.status <> 'open' or c.owner <> a.agency then 'case_unknown'
      when c.owner <> a.recipient and exists (select from cases.do_not_send n
        where n.case_id = c.id and n.agency = a.recipient) then 'blocked'
      when a.is_gated and not (exists (select from cases.risk_assessment s
          where s.case_id = c.id and s.purpose = a.purpose)
        and 'wants_this' = coalesce((select w.wish from cases.own_wish w where w.case_id = c.id
          and w.purpose = a.purpose order by w.at desc limit 1), '')) then 'return_gate'
      else 'ok' end,
    c.owner, coalesce(u.own, '{}'), coalesce(u.received, '{}'), c.age_band, c.district, c.languages, c.needs
  from asked a left join cases.case_record c on c.id = a."case" left join used u on u.i = a.i;
end $$;
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
  returns table (age_band text, came_by_transfer boolean)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select c.age_band, exists (select from cases.former_owner f where f.case_id = c.id)
  from cases.case_record c
  where c.id = p_case and c.owner = p_agency for share
$$;
--> statement-breakpoint
-- Somebody under 18 or of unknown age, for whom a guardian consents.
create function cases.is_minor(p_age_band text) returns boolean
  language sql immutable security definer set search_path = pg_catalog, pg_temp as $$
  select p_age_band in ('under_12', 'from_12_to_17', 'unknown')
$$;
--> statement-breakpoint
create function cases.minors(p_cases uuid[]) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.id from cases.case_record c where c.id = any(p_cases) and cases.is_minor(c.age_band)
$$;
--> statement-breakpoint
-- Who owns a case, for an agency that owns it or did: whom a survivor tells that she withdraws. No row:
-- absent or foreign. Holds the case in place as consent_facts does.
create function cases.withdrawal_facts(p_case uuid, p_agency uuid)
  returns table (owner uuid)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select c.owner from cases.case_record c
  where c.id = p_case and (c.owner = p_agency or exists (
    select from cases.former_owner f where f.case_id = c.id and f.agency = p_agency))
  for share
$$;
--> statement-breakpoint
-- Closes to earlier owners what they still hold of a case; a null part of the scope means every one.
-- Gives what was open until now, for the orders to stop.
create function cases.stop_former(p_case uuid, p_agency uuid, p_category text)
  returns table (agency uuid, referral uuid, categories text[])
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with held as materialized (
    select f.agency, array_agg(distinct d.category order by d.category) as categories
    from cases.former_owner f
    join (
      select d.case_id, d.author_agency as agency, d.category from cases.datum d
      where d.is_current and d.wrapped_key is not null and d.category <> 'therapy_notes'
      union select e.case_id, e.agency, e.category from cases.entrusted e
    ) d on d.case_id = f.case_id and d.agency = f.agency
    where f.case_id = p_case and (p_agency is null or f.agency = p_agency)
      and (p_category is null or d.category = p_category) and not d.category = any(f.stopped)
    group by f.agency
  )
  update cases.former_owner f set stopped = f.stopped || h.categories
  from held h where f.case_id = p_case and f.agency = h.agency
  returning f.agency, f.referral, h.categories
$$;
--> statement-breakpoint
-- Moves ownership at the hand-over of a transfer, with the consents and the live referrals of the case.
-- Of what the sender could use the new owner gets the categories of the package. The caller MUST hold
-- the case's consents, all its grants and its referrals. Raises TT001 when the sender no longer owns it.
create function cases.take_ownership(p_case uuid, p_from uuid, p_to uuid, p_actor text, p_referral uuid,
    p_categories text[])
  returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into cases.entrusted (case_id, agency, category, author_agency)
  select distinct on (u.category) p_case, p_to, u.category, u.author_agency
  from cases.usable(jsonb_build_array(jsonb_build_object('i', 0, 'case', p_case, 'agency', p_from)),
    false, true) u
  where u.category = any(p_categories)
  order by u.category, u.at desc, u.version desc
  on conflict do nothing;
  perform referrals.hold_glasses(p_case);
  update cases.case_record c set owner = p_to, version = c.version + 1, changed_at = clock_timestamp()
  where c.id = p_case and c.owner = p_from;
  if not found then raise exception 'the sender no longer owns the case' using errcode = 'TT001'; end if;
  delete from cases.former_owner f where f.case_id = p_case and f.agency = p_to;
  insert into cases.former_owner (case_id, agency, referral) values (p_case, p_from, p_referral);
  perform consent.follow_ownership(p_case, p_to);
  perform referrals.follow_ownership(p_case, p_from, p_to, p_actor, p_referral);
  insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
  values ('cases.case.transferred.v1', p_to, p_actor, array[p_from, p_to], p_case, p_case, p_categories,
    jsonb_build_object('referral', p_referral));
  return true;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['usable(jsonb, boolean, boolean)', 'write_data(jsonb)', 'owner_of(uuid)', 'data_held(uuid, uuid)',
    'open_access(jsonb)', 'read_payload(jsonb)', 'package_source(jsonb)', 'admit(jsonb)', 'do_not_send_of(uuid, uuid)',
    'consent_facts(uuid, uuid)', 'minors(uuid[])', 'is_minor(text)', 'withdrawal_facts(uuid, uuid)', 'stop_former(uuid, uuid, text)',
    'take_ownership(uuid, uuid, uuid, text, uuid, text[])'] loop
    execute format('revoke all on function cases.%s from public', name);
  end loop;
end $$;
grant execute on function cases.write_data(jsonb), cases.data_held(uuid, uuid),
  cases.open_access(jsonb), cases.read_payload(jsonb) to titian_cases;
grant execute on function cases.consent_facts(uuid, uuid), cases.withdrawal_facts(uuid, uuid),
  cases.minors(uuid[]) to titian_consent;
grant usage on schema cases to titian_directory;
grant execute on function cases.do_not_send_of(uuid, uuid) to titian_directory;
