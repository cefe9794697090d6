-- Telling holders that a permit has ended, until each has confirmed it: security event tokens.
--
-- How an agency wants to be told. Without a row it asks (RFC 8936).
create table consent.event_stream (
  agency uuid primary key,
  method text not null check (method in ('push', 'poll')),
  url text,
  -- What the agency's server wants to see as Authorization; sealed.
  authorization_sealed bytea,
  authorization_key bytea,
  version int not null default 1,
  changed_at timestamptz not null default clock_timestamp(),
  check ((method = 'push') = (url is not null)),
  check (method = 'push' or authorization_sealed is null)
);
--> statement-breakpoint
create table consent.security_event (
  id uuid primary key,
  -- Who is told.
  agency uuid not null,
  kind text not null check (kind in ('consent_withdrawn', 'key_revoked')),
  -- Who sees whether it was confirmed; null: the hub.
  owner uuid,
  withdrawal uuid references consent.withdrawal,
  referral uuid,
  stop_order uuid,
  case_id uuid,
  categories text[],
  kid text,
  at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  tries int not null default 0,
  try_at timestamptz not null default clock_timestamp(),
  -- Code of what went wrong last; null: nothing yet.
  failure text,
  confirmed_at timestamptz,
  check ((kind = 'consent_withdrawn') = (withdrawal is not null)),
  check ((kind = 'key_revoked') = (kid is not null))
);
--> statement-breakpoint
create index security_event_open on consent.security_event (agency, try_at) where confirmed_at is null;
create index security_event_withdrawal on consent.security_event (withdrawal);
create unique index security_event_key on consent.security_event (kid, agency);
--> statement-breakpoint
-- Keys of permits as they came and went, each once: the record that lets old permits be judged.
create table consent.permit_key (
  kid text not null,
  state text not null check (state in ('published', 'retired', 'revoked')),
  at timestamptz not null default clock_timestamp(),
  primary key (kid, state)
);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['event_stream', 'security_event', 'permit_key'] loop
    execute format('alter table consent.%I enable row level security', name);
    execute format('alter table consent.%I force row level security', name);
    execute format('create policy owner on consent.%I to titian_owner using (true) with check (true)', name);
  end loop;
end $$;
create policy own on consent.event_stream to titian_consent
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
create policy party on consent.security_event for select to titian_consent
  using (agency = any((select journal.agencies())::uuid[])
    or owner = any((select journal.agencies())::uuid[]));
grant select, insert, update on consent.event_stream to titian_consent;
grant select on consent.security_event to titian_consent;
--> statement-breakpoint
-- Takes events that are due for pushing, and sets when each is tried again if nothing comes of it:
-- 6 seconds, doubling up to 5 minutes, for ever. No two replicas get the same one.
create function consent.claim_events(p_limit int)
  returns table (id uuid, agency uuid, kind text, referral uuid, stop_order uuid, case_id uuid,
    categories text[], kid text, at timestamptz, due_at timestamptz, url text,
    authorization_sealed bytea, authorization_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with due as (
    select e.id from consent.event_stream s cross join lateral (
      select o.id from consent.security_event o
      where o.agency = s.agency and o.confirmed_at is null and o.try_at <= clock_timestamp()
      order by o.try_at limit p_limit for update skip locked) e
    where s.method = 'push' limit p_limit
  ), claimed as (
    update consent.security_event e set tries = e.tries + 1,
      try_at = clock_timestamp() + least(interval '5 minutes', interval '6 seconds' * (2 ^ least(e.tries, 6)))
    from due where e.id = due.id
    returning e.*
  )
  select c.id, c.agency, c.kind, c.referral, c.stop_order, c.case_id, c.categories, c.kid, c.at, c.due_at,
    s.url, s.authorization_sealed, s.authorization_key
  from claimed c join consent.event_stream s on s.agency = c.agency
$$;
--> statement-breakpoint
-- Notes that an agency has these events; whoever waits for the tally sees it. Gives how many were new.
create function consent.confirm_events(p_ids uuid[], p_agency uuid, p_actor text) returns int
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with confirmed as (
    update consent.security_event e set confirmed_at = clock_timestamp(), failure = null
    where e.id = any(p_ids) and e.agency = p_agency and e.confirmed_at is null
    returning e.*
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    select 'consent.security_event.confirmed.v1', c.agency, p_actor,
      array(select distinct x from unnest(array[c.agency, c.owner]) x where x is not null), c.case_id,
      c.id, c.categories, jsonb_build_object('kind', c.kind, 'referral', c.referral, 'kid', c.kid)
    from confirmed c
  )
  select count(*)::int from confirmed
$$;
--> statement-breakpoint
create function consent.fail_events(p_ids uuid[], p_agency uuid, p_failure text) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update consent.security_event e set failure = p_failure
  where e.id = any(p_ids) and e.agency = p_agency and e.confirmed_at is null
$$;
--> statement-breakpoint
-- What is not yet tried again only because it failed before: an agency that is back wants it now.
create function consent.retry_events(p_agency uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update consent.security_event e set try_at = clock_timestamp(), tries = 0
  where e.agency = p_agency and e.confirmed_at is null
$$;
--> statement-breakpoint
-- Puts on the record which keys there are, each state of a key once: those of permits, and those that the
-- hub held for an agency. Of a key of permits that was revoked every holder of a permit is told, and
-- whoever has a stream. rows: {kid, state, agency}. Gives how many were told.
create function consent.note_keys(p_rows jsonb) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_revoked text[];
  v_told int := 0;
begin
  with noted as (
    insert into consent.permit_key (kid, state)
    select r.kid, r.state from jsonb_to_recordset(p_rows) as r(kid text, state text)
    on conflict do nothing returning permit_key.kid, permit_key.state
  ), owned as (
    select n.kid, n.state, r.agency from noted n
    join jsonb_to_recordset(p_rows) as r(kid text, state text, agency uuid)
      on r.kid = n.kid and r.state = n.state
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, data)
    select case when o.agency is null then 'consent.permit_key.changed.v1'
        else 'consent.agency_key.changed.v1' end, null, 'hub', array_remove(array[o.agency], null),
      jsonb_strip_nulls(jsonb_build_object('kid', o.kid, 'state', o.state, 'agency', o.agency))
    from owned o
  )
  select array_agg(o.kid) into v_revoked from owned o where o.state = 'revoked' and o.agency is null;
  if v_revoked is not null then
    insert into consent.security_event (id, agency, kind, kid, due_at)
    select journal.new_id(), h.agency, 'key_revoked', k, clock_timestamp() + interval '72 hours'
    from unnest(v_revoked) k cross join (
      select s.agency from consent.event_stream s
      union select unnest(array[r.sender, r.recipient]) from referrals.referral r
        where r.sent_at is not null) h
    on conflict do nothing;
    get diagnostics v_told = row_count;
  end if;
  return v_told;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['claim_events(int)', 'confirm_events(uuid[], uuid, text)',
    'fail_events(uuid[], uuid, text)', 'retry_events(uuid)', 'note_keys(jsonb)'] loop
    execute format('revoke all on function consent.%s from public', name);
    execute format('grant execute on function consent.%s to titian_consent', name);
  end loop;
end $$;
