-- What others check hand-offs with: statements made out to one recipient, and permits that have ended.
--
-- Every permit of the hub has a number; its place in a status list follows from it and a secret.
create sequence consent.permit_number;
--> statement-breakpoint
-- Permits that no longer stand as they were issued. 1: ended. 2: narrowed, a newer one is there.
create table consent.permit_end (
  number bigint primary key,
  status smallint not null check (status in (1, 2)),
  at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
-- One version of a statement, made out to one of its recipients and signed: it names no other one.
create table consent.statement_copy (
  statement uuid not null,
  version int not null,
  recipient uuid not null,
  agency uuid not null,
  jws text not null,
  -- SHA-256 of what is signed, in base64url: permits cite it.
  digest text not null,
  -- The agency's own key that signed; null: the hub's for this agency.
  kid text,
  primary key (statement, version, recipient),
  foreign key (statement, version) references consent.statement (id, version)
);
--> statement-breakpoint
create index statement_copy_kid on consent.statement_copy (kid) where kid is not null;
--> statement-breakpoint
alter table consent.statement_copy enable row level security;
alter table consent.statement_copy force row level security;
create policy owner on consent.statement_copy to titian_owner using (true) with check (true);
create policy write on consent.statement_copy for insert to titian_consent
  with check (agency = any((select journal.agencies())::uuid[]));
alter table consent.permit_end enable row level security;
alter table consent.permit_end force row level security;
create policy owner on consent.permit_end to titian_owner using (true) with check (true);
grant insert on consent.statement_copy to titian_consent;
grant usage on sequence consent.permit_number to titian_referrals;
--> statement-breakpoint
create function consent.end_permit(p_number bigint, p_status smallint) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into consent.permit_end as e (number, status) values (p_number, p_status)
  on conflict (number) do update set status = excluded.status where e.status = 2
$$;
--> statement-breakpoint
-- Ended permits with numbers from p_from up to before p_to; one row at least, for `used`.
create function consent.ended_permits(p_from bigint, p_to bigint)
  returns table (number bigint, status smallint, used bigint)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select e.number, e.status, s.last_value
  from consent.permit_number s
  left join consent.permit_end e on e.number >= p_from and e.number < p_to
$$;
--> statement-breakpoint
-- A statement as made out to one recipient. No row: on another basis, or never made out to it.
create function consent.copy_for(p_statement uuid, p_version int, p_recipient uuid)
  returns table (jws text, digest text)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.jws, c.digest from consent.statement_copy c
  where c.statement = p_statement and c.version = p_version and c.recipient = p_recipient
$$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['end_permit(bigint, smallint)', 'ended_permits(bigint, bigint)',
    'copy_for(uuid, int, uuid)'] loop
    execute format('revoke all on function consent.%s from public', name);
  end loop;
end $$;
grant execute on function consent.ended_permits(bigint, bigint) to titian_consent, titian_referrals;
grant execute on function consent.copy_for(uuid, int, uuid) to titian_referrals;
