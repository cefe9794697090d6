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
  revoked_at timestamptz
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
    insert into consent.agency_key (kid, agency, jwk, fingerprint, proposal)
    values (p_jwk ->> 'kid', p_agency, p_jwk, p_fingerprint, p_proposal)
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
    retired_at timestamptz, revoked_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.kid, k.jwk, k.fingerprint, k.approved_at, k.live_at, k.retired_at, k.revoked_at
  from consent.agency_key k where k.agency = p_agency
  union all
  select p.kid, null, p.fingerprint, p.at, null, null, null from identity.proposed_keys(p_agency) p
  order by 4, 1
$$;
--> statement-breakpoint
-- A key that may sign now; locked, so that whoever ends it waits for what it signs. No row: it may not.
create function consent.hold_agency_key(p_agency uuid, p_kid text, p_now timestamptz)
  returns table (jwk jsonb)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select k.jwk from consent.agency_key k
  where k.agency = p_agency and k.kid = p_kid and k.live_at <= p_now
    and k.retired_at is null and k.revoked_at is null
  for share
$$;
--> statement-breakpoint
-- Retires or revokes a key. When it is revoked, every agency that was handed something signed by it
-- is told. holders: who is told. No row: the agency has no such key. done false: it had ended before.
create function consent.end_agency_key(p_agency uuid, p_kid text, p_state text)
  returns table (done boolean, holders uuid[])
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  k consent.agency_key;
  v_holders uuid[] := '{}';
begin
  select * into k from consent.agency_key a where a.agency = p_agency and a.kid = p_kid for update;
  if not found then return; end if;
  if k.revoked_at is not null or (p_state = 'retired' and k.retired_at is not null) then
    return query select false, v_holders;
    return;
  end if;
  update consent.agency_key a set
    retired_at = case when p_state = 'retired' then clock_timestamp() else a.retired_at end,
    revoked_at = case when p_state = 'revoked' then clock_timestamp() else a.revoked_at end
  where a.kid = p_kid;
  if p_state = 'revoked' then
    -- A new snapshot: every statement that committed before the lock was given is seen.
    select coalesce(array_agg(distinct c.recipient), '{}') into v_holders
    from consent.statement_copy c
    join consent.statement s on s.id = c.statement and s.version = c.version
    join referrals.referral r on r.case_id = s.case_id and r.recipient = c.recipient
      and r.sent_at is not null
    where c.kid = p_kid;
    insert into consent.security_event (id, agency, owner, kind, kid, due_at)
    select journal.new_id(), h, p_agency, 'key_revoked', p_kid, clock_timestamp() + interval '72 hours'
    from unnest(v_holders) h
    on conflict do nothing;
  end if;
  return query select true, v_holders;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['admit_agency_key(uuid, jsonb, text, uuid)', 'knows_agency_key(text)',
    'agency_keys_of(uuid)', 'hold_agency_key(uuid, text, timestamptz)',
    'end_agency_key(uuid, text, text)'] loop
    execute format('revoke all on function consent.%s from public', name);
  end loop;
end $$;
grant execute on function consent.admit_agency_key(uuid, jsonb, text, uuid) to titian_identity;
grant execute on function consent.knows_agency_key(text) to titian_identity;
grant execute on function consent.agency_keys_of(uuid) to titian_consent;
grant execute on function consent.hold_agency_key(uuid, text, timestamptz) to titian_consent;
grant execute on function consent.end_agency_key(uuid, text, text) to titian_consent;
