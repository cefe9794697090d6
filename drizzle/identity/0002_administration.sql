-- Who lets agencies, programs and keys in: what is proposed, and the two administrators of the hub who
-- agree to it.
create table identity.proposal (
  id uuid primary key,
  kind text not null check (kind in ('agency', 'program', 'provider', 'hub_person', 'agency_key')),
  -- Null for a person of the hub itself.
  agency uuid,
  -- What will be done, in the terms of its kind. Keys are public ones.
  about jsonb not null,
  -- Of a key, in groups to read aloud.
  fingerprint text,
  proposed_by uuid not null,
  proposed_at timestamptz not null default now(),
  state text not null default 'open' check (state in ('open', 'carried_out', 'rejected')),
  version int not null default 1,
  check ((agency is null) = (kind = 'hub_person')),
  check ((fingerprint is not null) = (kind in ('program', 'agency_key')))
);
--> statement-breakpoint
create table identity.approval (
  proposal uuid not null references identity.proposal (id),
  person uuid not null,
  at timestamptz not null default now(),
  primary key (proposal, person)
);
--> statement-breakpoint
create index proposal_state on identity.proposal (state, id);
create index proposal_agency on identity.proposal (agency, id);
-- An agency's key is proposed once at a time, by whichever agency. Whoever tries holds its private part.
create unique index proposal_key on identity.proposal (fingerprint)
  where kind = 'agency_key' and state = 'open';
--> statement-breakpoint
alter table identity.proposal enable row level security;
alter table identity.proposal force row level security;
create policy owner on identity.proposal to titian_owner using (true) with check (true);
create policy own_agency on identity.proposal to titian_identity
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
create policy by_hub on identity.proposal to titian_identity
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
create policy by_hub on identity.person to titian_identity
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
create policy by_hub on identity.client to titian_identity
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
--> statement-breakpoint
-- Rows: {person}. Ends every session of a person; count is how many there were.
create function identity.end_sessions_of(rows jsonb)
returns table (i int, count int)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, (r.value ->> 'person')::uuid as person
    from jsonb_array_elements(rows) with ordinality r
  ), gone as (
    delete from identity.session s using asked a where s.person = a.person returning s.person
  )
  select a.i, (select count(*)::int from gone g where g.person = a.person) from asked a
$$;
--> statement-breakpoint
-- Published: keys of an agency that wait for the two administrators.
create function identity.proposed_keys(p_agency uuid)
  returns table (kid text, fingerprint text, at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.about -> 'agency_key' -> 'jwk' ->> 'kid', p.fingerprint, p.proposed_at
  from identity.proposal p
  where p.agency = p_agency and p.kind = 'agency_key' and p.state = 'open'
$$;
--> statement-breakpoint
revoke execute on function identity.proposed_keys(uuid) from public;
revoke execute on function identity.end_sessions_of(jsonb) from public;
grant execute on function identity.end_sessions_of(jsonb) to titian_identity;
grant select (person) on identity.account, identity.subject to titian_identity;
grant select, insert, update on identity.proposal to titian_identity;
grant select, insert on identity.approval to titian_identity;
grant insert, update (display_name, roles, language, active, enrols_from, version) on identity.person
  to titian_identity;
grant insert, update (jwks, scopes, active, version) on identity.client to titian_identity;
