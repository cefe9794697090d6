-- Who may sign in: people of the agencies and of the hub, and the agencies' programs.
-- Secrets that people carry are stored as SHA-256 alone.
create schema identity;
--> statement-breakpoint
create table identity.person (
  id uuid primary key default journal.new_id(),
  -- Null for those who work for the hub itself.
  agency uuid,
  display_name text not null check (char_length(display_name) between 1 and 120),
  roles text[] not null check (
    cardinality(roles) > 0 and roles <@ array['intake_worker', 'case_worker', 'supervisor',
      'reviewer', 'oversight_reviewer', 'hub_administrator']),
  language text not null default 'id' check (language in ('id', 'en')),
  active boolean not null default true,
  -- Whom two administrators let in with an agency: until then no invitation lets them in.
  enrols_from timestamptz,
  version int not null default 1,
  created_at timestamptz not null default now(),
  check (agency is not null or roles <@ array['oversight_reviewer', 'hub_administrator']),
  -- An administrator of the hub never sees case content: no second role, no agency.
  check (not 'hub_administrator' = any(roles) or (cardinality(roles) = 1 and agency is null))
);
--> statement-breakpoint
create table identity.client (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{2,62}$' and id not in ('hub', 'anonymous')),
  agency uuid not null,
  -- Public keys (RFC 7517 section 5), P-256; never a private member.
  jwks jsonb not null check (jsonb_typeof(jwks -> 'keys') = 'array'
    and not jsonb_path_exists(jwks, '$.keys[*].d')),
  scopes text[] not null check (
    cardinality(scopes) > 0 and scopes <@ array['referrals:send', 'referrals:receive',
      'audit:read', 'directory:write']),
  -- What two administrators agreed to: it takes the place of the above at next_at, a day later.
  next_jwks jsonb check (jsonb_typeof(next_jwks -> 'keys') = 'array'
    and not jsonb_path_exists(next_jwks, '$.keys[*].d')),
  next_scopes text[] check (
    cardinality(next_scopes) > 0 and next_scopes <@ array['referrals:send', 'referrals:receive',
      'audit:read', 'directory:write']),
  next_at timestamptz check (num_nonnulls(next_jwks, next_scopes, next_at) in (0, 3)),
  active boolean not null default true,
  version int not null default 1,
  created_at timestamptz not null default now()
);
--> statement-breakpoint
create table identity.sign_in_link (
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  person uuid not null references identity.person (id) on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz
);
--> statement-breakpoint
create table identity.session (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  person uuid not null references identity.person (id) on delete cascade,
  created_at timestamptz not null default now(),
  used_at timestamptz not null default now(),
  -- When the person last proved who they are: what asks for that to be recent looks here.
  authenticated_at timestamptz not null default now(),
  method text not null check (method in ('demonstration', 'passkey', 'password', 'provider')),
  -- Of a provider: which it was, and what it calls this session; null when it does not say.
  issuer text,
  sid text check (char_length(sid) <= 255),
  check ((method = 'provider') = (issuer is not null))
);
--> statement-breakpoint
-- Proofs of keys that programs have used (RFC 9449), for as long as one could be used again. Not in
-- the write-ahead log: after a crash of the server a proof is good once more, for at most a minute.
create unlogged table identity.proof (
  digest bytea primary key check (octet_length(digest) = 32),
  good_until timestamptz not null
);
--> statement-breakpoint
-- What oidc-provider keeps, by model.
create table identity.oidc_payload (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  user_code text,
  consumed_at timestamptz,
  expires_at timestamptz,
  primary key (model, id)
);
--> statement-breakpoint
create index person_agency on identity.person (agency, id);
create index client_agency on identity.client (agency);
create index sign_in_link_expiry on identity.sign_in_link (expires_at);
create index session_person on identity.session (person);
create index proof_age on identity.proof (good_until);
create index session_use on identity.session (used_at);
create index oidc_payload_expiry on identity.oidc_payload (expires_at);
create index oidc_payload_grant on identity.oidc_payload (grant_id) where grant_id is not null;
--> statement-breakpoint
alter table identity.person enable row level security;
alter table identity.person force row level security;
create policy owner on identity.person to titian_owner using (true) with check (true);
create policy own_agency on identity.person to titian_identity
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
alter table identity.client enable row level security;
alter table identity.client force row level security;
create policy owner on identity.client to titian_owner using (true) with check (true);
create policy own_agency on identity.client to titian_identity
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
--> statement-breakpoint
-- The limits of a session: 10 minutes without use, 12 hours in all.
create function identity.is_live(s identity.session) returns boolean language sql stable
  set search_path = pg_catalog, pg_temp
  as $$ select s.used_at > now() - interval '10 minutes'
           and s.created_at > now() - interval '12 hours' $$;
--> statement-breakpoint
-- Published. Rows: {id_hash: hex, quiet}. One row each; person is null when nobody is proven.
-- A use is written down at most every 30 seconds, so a session may end that much early; a quiet
-- question is no use.
create function identity.session_actor(rows jsonb)
returns table (i int, person uuid, agency uuid, roles text[], authenticated_at int)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, decode(r.value ->> 'id_hash', 'hex') as id_hash,
      coalesce((r.value ->> 'quiet')::boolean, false) as quiet
    from jsonb_array_elements(rows) with ordinality r
  ), stale as (
    select s.id_hash from identity.session s
    where s.id_hash in (select a.id_hash from asked a where not a.quiet)
      and identity.is_live(s) and s.used_at < now() - interval '30 seconds'
    for update skip locked
  ), touched as (
    update identity.session s set used_at = now() from stale where s.id_hash = stale.id_hash
  )
  select a.i, p.id, p.agency, p.roles, extract(epoch from s.authenticated_at)::int
  from asked a
    left join identity.session s on s.id_hash = a.id_hash and identity.is_live(s)
    left join identity.person p on p.id = s.person and p.active
$$;
--> statement-breakpoint
-- Rows: {code_hash, id_hash: hex}. Uses a link, opens a session and records it, or records the
-- refusal; outcome is ok, unknown, used, expired or inactive. Of two uses at once, one is ok.
create function identity.use_sign_in_links(rows jsonb)
returns table (i int, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  ask record;
  link identity.sign_in_link;
  who identity.person;
begin
  delete from identity.session where used_at < now() - interval '12 hours';
  for ask in
    select (r.ordinality - 1)::int as i, decode(r.value ->> 'code_hash', 'hex') as code_hash,
      decode(r.value ->> 'id_hash', 'hex') as id_hash
    from jsonb_array_elements(rows) with ordinality r order by 2, 1
  loop
    select * into link from identity.sign_in_link l where l.code_hash = ask.code_hash for update;
    select * into who from identity.person p where p.id = link.person;
    i := ask.i;
    outcome := case
      when link.code_hash is null then 'unknown'
      when link.used_at is not null then 'used'
      when link.expires_at <= now() then 'expired'
      when not who.active then 'inactive'
      else 'ok' end;
    if outcome = 'ok' then
      update identity.sign_in_link l set used_at = now() where l.code_hash = ask.code_hash;
      insert into identity.session (id_hash, person, method)
        values (ask.id_hash, who.id, 'demonstration');
    end if;
    insert into journal.entry (type, outcome, agency, actor, concerned, reason) values (
      case when outcome = 'ok' then 'identity.person.signed_in.v1'
           else 'identity.person.sign_in_refused.v1' end,
      case when outcome = 'ok' then 'ok' else 'refused' end,
      who.agency, coalesce(who.id::text, 'anonymous'), array_remove(array[who.agency], null),
      nullif(outcome, 'ok'));
    return next;
  end loop;
end $$;
--> statement-breakpoint
-- Published. Rows: {client, digest: hex, good_until: seconds}; without a digest nothing is used up.
-- fresh is false when a proof with this digest was used before; scopes is null when there is no such
-- active program.
create function identity.program_actor(rows jsonb)
returns table (i int, fresh boolean, scopes text[])
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, r.value ->> 'client' as client,
      decode(r.value ->> 'digest', 'hex') as digest,
      to_timestamp((r.value ->> 'good_until')::float8) as good_until
    from jsonb_array_elements(rows) with ordinality r
  ), swept as (
    delete from identity.proof p where p.digest in (
      select o.digest from identity.proof o where o.good_until < now()
      order by o.good_until limit 100 for update skip locked)
  ), firsts as (
    select distinct on (a.digest) a.i, a.digest, a.good_until from asked a
    where a.digest is not null order by a.digest, a.i
  ), kept as (
    insert into identity.proof (digest, good_until)
    select f.digest, f.good_until from firsts f order by f.digest
    on conflict do nothing returning digest
  )
  select a.i, a.digest is null or exists (
      select from firsts f join kept k on k.digest = f.digest where f.i = a.i),
    case when c.next_at <= now() then c.next_scopes else c.scopes end
  from asked a left join identity.client c on c.id = a.client and c.active
$$;
--> statement-breakpoint
-- Rows: {before: hex, id_hash: hex}. A session of a demonstration gets a new id and a new proof.
create function identity.authenticate_again(rows jsonb)
returns table (i int, renewed boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, decode(r.value ->> 'before', 'hex') as before,
      decode(r.value ->> 'id_hash', 'hex') as id_hash
    from jsonb_array_elements(rows) with ordinality r
  ), renewed as (
    update identity.session s set id_hash = a.id_hash, authenticated_at = now(), used_at = now()
    from asked a, identity.person p
    where s.id_hash = a.before and s.method = 'demonstration' and identity.is_live(s)
      and p.id = s.person and p.active
    returning a.i, p.id, p.agency
  ), recorded as (
    insert into journal.entry (type, agency, actor, concerned)
    select 'identity.person.authenticated_again.v1', r.agency, r.id::text,
      array_remove(array[r.agency], null)
    from renewed r
  )
  select a.i, exists (select from renewed r where r.i = a.i) from asked a
$$;
--> statement-breakpoint
-- Rows: {id_hash: hex}. Ends sessions and records it; a session that is not there is no error.
create function identity.end_sessions(rows jsonb)
returns table (i int, ended boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, decode(r.value ->> 'id_hash', 'hex') as id_hash
    from jsonb_array_elements(rows) with ordinality r
  ), gone as (
    delete from identity.session s using asked a where s.id_hash = a.id_hash
    returning s.id_hash, s.person
  ), recorded as (
    insert into journal.entry (type, agency, actor, concerned)
    select 'identity.person.signed_out.v1', p.agency, p.id::text,
      array_remove(array[p.agency], null)
    from gone g join identity.person p on p.id = g.person
  )
  select a.i, exists (select from gone g where g.id_hash = a.id_hash) from asked a
$$;
--> statement-breakpoint
-- Rows: {person, code_hash: hex}. A link lives 10 minutes. made is false for nobody active.
create function identity.make_sign_in_links(rows jsonb)
returns table (i int, made boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with swept as (
    delete from identity.sign_in_link l where l.expires_at < now() - interval '1 day'
  ), made as (
    insert into identity.sign_in_link (code_hash, person, expires_at)
    select decode(r.value ->> 'code_hash', 'hex'), p.id, now() + interval '10 minutes'
    from jsonb_array_elements(rows) r
      join identity.person p on p.id = (r.value ->> 'person')::uuid and p.active
    returning code_hash
  )
  select (r.ordinality - 1)::int,
    exists (select from made m where m.code_hash = decode(r.value ->> 'code_hash', 'hex'))
  from jsonb_array_elements(rows) with ordinality r
$$;
--> statement-breakpoint
-- Rows: {id, agency, display_name, roles, language}. The same id again changes the person.
create function identity.register_people(rows jsonb)
returns table (i int, id uuid)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (o.ordinality - 1)::int as i, r.*
    from jsonb_array_elements(rows) with ordinality o,
      jsonb_to_record(o.value)
        as r(id uuid, agency uuid, display_name text, roles text[], language text)
  ), kept as (
    insert into identity.person as p (id, agency, display_name, roles, language)
    select a.id, a.agency, a.display_name, a.roles, a.language from asked a
    on conflict (id) do update set agency = excluded.agency, roles = excluded.roles,
      display_name = excluded.display_name, language = excluded.language
    returning p.id, p.agency, p.roles, p.xmax = 0 as is_new
  ), recorded as (
    insert into journal.entry (type, agency, actor, concerned, object, data)
    select case when k.is_new then 'identity.person.registered.v1'
        else 'identity.person.changed.v1' end,
      k.agency, 'hub', array_remove(array[k.agency], null), k.id,
      jsonb_build_object('roles', k.roles)
    from kept k
  )
  select a.i, a.id from asked a
$$;
--> statement-breakpoint
-- Rows: {id, agency, jwks, scopes, cools}. The same id again changes its keys and scopes, not its agency.
-- cools: they count in 24 hours, and what counted before until then.
create function identity.register_clients(rows jsonb)
returns table (i int, registered boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (o.ordinality - 1)::int as i, r.*
    from jsonb_array_elements(rows) with ordinality o,
      jsonb_to_record(o.value) as r(id text, agency uuid, jwks jsonb, scopes text[], cools boolean)
  ), kept as (
    insert into identity.client as c (id, agency, jwks, scopes, next_jwks, next_scopes, next_at)
    select a.id, a.agency, case when a.cools then '{"keys": []}' else a.jwks end, a.scopes,
      case when a.cools then a.jwks end, case when a.cools then a.scopes end,
      case when a.cools then now() + interval '24 hours' end
    from asked a
    on conflict (id) do update set
      jwks = case when excluded.next_at is null then excluded.jwks
                  when c.next_at <= now() then c.next_jwks else c.jwks end,
      scopes = case when excluded.next_at is null then excluded.scopes
                    when c.next_at <= now() then c.next_scopes else c.scopes end,
      next_jwks = excluded.next_jwks, next_scopes = excluded.next_scopes, next_at = excluded.next_at
      where c.agency = excluded.agency
    returning c.id, c.agency, coalesce(c.next_scopes, c.scopes) as scopes, c.xmax = 0 as is_new
  ), recorded as (
    insert into journal.entry (type, agency, actor, concerned, data)
    select case when k.is_new then 'identity.client.registered.v1'
        else 'identity.client.changed.v1' end,
      k.agency, 'hub', array[k.agency], jsonb_build_object('client', k.id, 'scopes', k.scopes)
    from kept k
  )
  select a.i, exists (select from kept k where k.id = a.id) from asked a
$$;
--> statement-breakpoint
-- Rows: {id}. Active clients with a key that counts; the token endpoint asks before it knows any agency.
create function identity.find_clients(rows jsonb)
returns table (i int, id text, agency uuid, jwks jsonb, scopes text[])
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (r.ordinality - 1)::int, c.id, c.agency, c.jwks, c.scopes
  from jsonb_array_elements(rows) with ordinality r
    left join lateral (
      select o.id, o.agency, case when o.next_at <= now() then o.next_jwks else o.jwks end as jwks,
        case when o.next_at <= now() then o.next_scopes else o.scopes end as scopes
      from identity.client o where o.id = r.value ->> 'id' and o.active) c
    on jsonb_array_length(c.jwks -> 'keys') > 0
$$;
--> statement-breakpoint
-- Which of these people are active in their agency. rows: {i, agency, person}. No row for i: not one of them.
create function identity.colleagues(rows jsonb) returns table (i int)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select r.i from jsonb_to_recordset(rows) as r(i int, agency uuid, person uuid)
    join identity.person p on p.id = r.person and p.agency = r.agency and p.active
$$;
--> statement-breakpoint
revoke execute on all functions in schema identity from public;
--> statement-breakpoint
grant usage on schema identity to titian_identity, titian_directory, titian_cases, titian_consent,
  titian_referrals, titian_messages, titian_notifications, titian_audit;
grant execute on function identity.session_actor(jsonb), identity.program_actor(jsonb)
  to titian_identity, titian_directory,
  titian_cases, titian_consent, titian_referrals, titian_messages, titian_notifications, titian_audit;
grant execute on function identity.authenticate_again(jsonb), identity.use_sign_in_links(jsonb), identity.end_sessions(jsonb),
  identity.make_sign_in_links(jsonb), identity.register_people(jsonb),
  identity.register_clients(jsonb), identity.find_clients(jsonb) to titian_identity;
grant execute on function identity.colleagues(jsonb) to titian_messages;
grant select on identity.person, identity.client to titian_identity;
grant select, insert, update, delete on identity.oidc_payload to titian_identity;
