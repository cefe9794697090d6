-- Agencies' own keys: the private part is theirs. Two administrators of the hub admit one (identity);
-- it counts a day later, so that a false one can be noticed before anything rests on it.
create table consent.agency_key (
  -- RFC 7638 thumbprint.
  kid text primary key check (kid ~ '^[A-Za-z0-9_-]{43}$'),
  agency uuid not null,
  -- The public part alone.
  jwk jsonb not null check (not jwk ? 'd'),
  fingerprint text not null,
  proposal uuid not null,
  approved_at timestamptz not null default clock_timestamp(),
  live_at timestamptz not null default clock_timestamp() + interval '24 hours',
  -- From then on it signs nothing new; what it signed before still verifies.
  retired_at timestamptz,
  revoked_at timestamptz,
  -- Of a revoked key: what it signed before then is still believed. Null: nothing is.
  compromised_since timestamptz,
  check (compromised_since is null or revoked_at is not null)
);
--> statement-breakpoint
create index agency_key_agency on consent.agency_key (agency, approved_at);
--> statement-breakpoint
alter table consent.agency_key enable row level security;
alter table consent.agency_key force row level security;
create policy owner on consent.agency_key to titian_owner using (true) with check (true);
grant usage on schema consent to titian_identity;
--> statement-breakpoint
-- Published for identity, which has counted the administrators. False: the key is known already.
create function consent.admit_agency_key(p_agency uuid, p_jwk jsonb, p_fingerprint text, p_proposal uuid)
  returns boolean
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with admitted as (
    insert into consent.agency_key (kid, agency, jwk, fingerprint, proposal, approved_at, live_at)
    select p_jwk ->> 'kid', p_agency, p_jwk, p_fingerprint, p_proposal, n.now, n.now + interval '24 hours'
    from (select date_trunc('milliseconds', clock_timestamp()) as now) n
    on conflict do nothing returning 1
  )
  select exists (select from admitted)
$$;
--> statement-breakpoint
-- Published: whether a key was ever admitted, of whichever agency.
create function consent.knows_agency_key(p_kid text) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from consent.agency_key k where k.kid = p_kid)
$$;
--> statement-breakpoint
-- Keys of an agency, the oldest first, and those that are proposed.
create function consent.agency_keys_of(p_agency uuid)
  returns table (kid text, jwk jsonb, fingerprint text, since timestamptz, live_at timestamptz,
    retired_at timestamptz, revoked_at timestamptz, compromised_since timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.kid, k.jwk, k.fingerprint, k.approved_at, k.live_at, k.retired_at, k.revoked_at,
    k.compromised_since
  from consent.agency_key k where k.agency = p_agency
  union all
  select p.kid, null, p.fingerprint, p.at, null, null, null, null from identity.proposed_keys(p_agency) p
  order by 4, 1
$$;
--> statement-breakpoint
-- A key that had begun to count when p_at was written and has not ended; locked, so that whoever ends it
-- waits for what it signs. No row: it may not sign. Verifiers judge by the same p_at, which is `iat`.
create function consent.hold_agency_key(p_agency uuid, p_kid text, p_at timestamptz)
  returns table (jwk jsonb)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select k.jwk from consent.agency_key k
  where k.agency = p_agency and k.kid = p_kid and k.live_at <= p_at
    and k.retired_at is null and k.revoked_at is null
  for share
$$;
--> statement-breakpoint
-- Makes an agency learn of a revoked key by which it was handed something.
create function consent.tell_of_key(p_kid text, p_agency uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into consent.security_event (id, agency, owner, kind, kid, due_at)
  select journal.new_id(), p_agency, k.agency, 'key_revoked', k.kid, clock_timestamp() + interval '72 hours'
  from consent.agency_key k where k.kid = p_kid
  on conflict do nothing
$$;
--> statement-breakpoint
-- Ends what rests on a revoked key: no hand-off commits afterwards on what it signed since p_since (null:
-- ever), by its own time or by ours, whichever is later. Permits that are out are suspended. Waits for
-- every hand-off in flight.
create function consent.distrust(p_kid text, p_since timestamptz) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_lost uuid[];
begin
  perform from consent.grant g
  where exists (select from consent.statement_copy c where c.kid = p_kid and c.statement = g.statement
    and c.version = g.statement_version and c.recipient = g.recipient)
  order by g.id for update;
  -- A new snapshot: what was renewed while we waited is signed by another key.
  with resting as (
    select g.id, s.at >= p_since or s.starts_at + interval '1 second' > p_since as is_late
    from consent.grant g
    join consent.statement_copy c on c.kid = p_kid and c.statement = g.statement
      and c.version = g.statement_version and c.recipient = g.recipient
    join consent.statement s on s.id = g.statement and s.version = g.statement_version
    where g.distrusted_at is null
  ), changed as (
    update consent.grant g set revoked_kid = p_kid, version = g.version + 1,
      distrusted_at = case when coalesce(r.is_late, true) then clock_timestamp() end
    from resting r where r.id = g.id
    returning g.id, g.case_id, g.owner, g.statement, g.statement_version, g.distrusted_at, g.status
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, data)
    select distinct 'consent.statement.distrusted.v1', null::uuid, 'hub', array[c.owner], c.case_id,
      c.statement, jsonb_build_object('version', c.statement_version, 'kid', p_kid)
    from changed c where c.distrusted_at is not null and c.status = 'active'
  )
  select array_agg(c.id) into v_lost from changed c where c.distrusted_at is not null;
  perform referrals.suspend_permits(coalesce(v_lost, '{}'));
end $$;
--> statement-breakpoint
-- Retires or revokes a key. When it is revoked, every agency that was handed something signed by it
-- is told. A revoked one is revoked again when it was in wrong hands since earlier than was known.
-- holders: who is told. No row: the agency has no such key. done false: it had ended before.
create function consent.end_agency_key(p_agency uuid, p_kid text, p_state text, p_since timestamptz)
  returns table (done boolean, holders uuid[])
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  k consent.agency_key;
  v_now timestamptz := date_trunc('milliseconds', clock_timestamp());
  v_holders uuid[] := '{}';
begin
  select * into k from consent.agency_key a where a.agency = p_agency and a.kid = p_kid for update;
  if not found then return; end if;
  if (p_state = 'retired' and (k.retired_at is not null or k.revoked_at is not null))
    or (k.revoked_at is not null
      and coalesce(p_since, '-infinity') >= coalesce(k.compromised_since, '-infinity')) then
    return query select false, v_holders;
    return;
  end if;
  if p_state = 'retired' then
    update consent.agency_key a set retired_at = v_now where a.kid = p_kid;
  else
    update consent.agency_key a set revoked_at = coalesce(a.revoked_at, v_now), compromised_since = p_since
    where a.kid = p_kid;
    perform consent.distrust(p_kid, p_since);
    -- A new snapshot: every hand-off that committed before its grant was locked is seen.
    select coalesce(array_agg(distinct c.recipient), '{}') into v_holders
    from consent.statement_copy c
    join consent.statement s on s.id = c.statement and s.version = c.version
    join referrals.referral r on r.case_id = s.case_id and r.recipient = c.recipient
      and r.sent_at is not null
    where c.kid = p_kid;
    perform consent.tell_of_key(p_kid, h) from unnest(v_holders) h;
  end if;
  return query select true, v_holders;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['admit_agency_key(uuid, jsonb, text, uuid)', 'knows_agency_key(text)',
    'agency_keys_of(uuid)', 'hold_agency_key(uuid, text, timestamptz)',
    'end_agency_key(uuid, text, text, timestamptz)', 'tell_of_key(text, uuid)',
    'distrust(text, timestamptz)'] loop
    execute format('revoke all on function consent.%s from public', name);
  end loop;
end $$;
grant execute on function consent.admit_agency_key(uuid, jsonb, text, uuid) to titian_identity;
grant execute on function consent.knows_agency_key(text) to titian_identity;
grant execute on function consent.agency_keys_of(uuid) to titian_consent;
grant execute on function consent.hold_agency_key(uuid, text, timestamptz) to titian_consent;
grant execute on function consent.end_agency_key(uuid, text, text, timestamptz) to titian_consent;
