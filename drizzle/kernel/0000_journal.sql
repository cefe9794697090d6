-- The journal: what services append to, in the transaction of the change it records.
-- Staging only: the ledger moves each row into the audit schema and gives it its place there.
create schema journal;

-- Time-ordered identifiers (UUID version 7); PostgreSQL 18 has its own.
do $$
begin
  if to_regproc('pg_catalog.uuidv7') is not null then
    -- Without a SET clause, so that calls are inlined.
    create function journal.new_id() returns uuid language sql volatile
      as 'select pg_catalog.uuidv7()';
  else
    create function journal.new_id() returns uuid language sql volatile
      set search_path = pg_catalog as $f$
        select encode(set_bit(set_bit(overlay(
          uuid_send(gen_random_uuid()) placing
          substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
          from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $f$;
  end if;
end $$;
--> statement-breakpoint
-- The agencies of the current transaction, for row-level security. Empty outside withActor().
create function journal.agencies() returns uuid[] language sql stable
  set search_path = pg_catalog
  as $$ select coalesce(nullif(current_setting('app.agency', true), ''), '{}')::uuid[] $$;
--> statement-breakpoint
create function journal.actor() returns text language sql stable
  set search_path = pg_catalog
  as $$ select nullif(current_setting('app.actor', true), '') $$;
--> statement-breakpoint
create table journal.entry (
  seq bigint generated always as identity primary key,
  id uuid not null default journal.new_id(),
  at timestamptz not null default clock_timestamp(),
  type text not null,
  outcome text not null default 'ok' check (outcome in ('ok', 'refused', 'failed')),
  agency uuid,
  actor text not null,
  concerned uuid[] not null,
  subject uuid,
  object uuid,
  purpose text,
  categories text[],
  reason text,
  data jsonb not null default '{}'
)
-- A queue: it is short, and every row leaves soon.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
-- First answers by Idempotency-Key. A repeated key gets the stored answer; swept after 7 days.
create table journal.answer (
  actor text not null,
  key text not null,
  route text not null,
  fingerprint text not null,
  status int,
  body jsonb,
  at timestamptz not null default clock_timestamp(),
  primary key (actor, key)
);
--> statement-breakpoint
create index answer_at on journal.answer (at);
--> statement-breakpoint
-- What each durable consumer has handled, so that a redelivery changes nothing.
create table journal.inbox (
  consumer text not null,
  entry uuid not null,
  at timestamptz not null default clock_timestamp(),
  primary key (consumer, entry)
);
--> statement-breakpoint
alter table journal.entry enable row level security;
alter table journal.entry force row level security;
create policy owner on journal.entry to titian_owner using (true) with check (true);
-- A service cannot write an entry in the name of an agency that it is not acting for.
create policy append on journal.entry for insert
  to titian_identity, titian_directory, titian_cases, titian_consent, titian_referrals,
     titian_messages, titian_notifications, titian_audit
  with check (agency is null or agency = any((select journal.agencies())::uuid[]));
create policy ledger_read on journal.entry for select to titian_audit using (true);
create policy ledger_move on journal.entry for delete to titian_audit using (true);
--> statement-breakpoint
alter table journal.answer enable row level security;
alter table journal.answer force row level security;
create policy owner on journal.answer to titian_owner using (true) with check (true);
create policy own on journal.answer
  to titian_identity, titian_directory, titian_cases, titian_consent, titian_referrals,
     titian_messages, titian_audit
  using (actor = (select journal.actor())) with check (actor = (select journal.actor()));
--> statement-breakpoint
grant usage on schema journal to titian_identity, titian_directory, titian_cases, titian_consent,
  titian_referrals, titian_messages, titian_notifications, titian_audit;
grant insert on journal.entry to titian_identity, titian_directory, titian_cases, titian_consent,
  titian_referrals, titian_messages, titian_notifications, titian_audit;
grant select, delete on journal.entry to titian_audit;
grant select, insert, update on journal.answer to titian_identity, titian_directory, titian_cases,
  titian_consent, titian_referrals, titian_messages, titian_audit;
grant select, insert on journal.inbox to titian_cases, titian_consent, titian_referrals,
  titian_notifications;
--> statement-breakpoint
-- Deletes the oldest answers of more than 7 days, at most so many. Gives how many there were.
create function journal.sweep_answers(p_limit int) returns int
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with old as (
    select n.actor, n.key from journal.answer n
    where n.at < clock_timestamp() - interval '7 days'
    order by n.at limit p_limit for update skip locked
  ), swept as (
    delete from journal.answer n using old o where n.actor = o.actor and n.key = o.key returning 1
  )
  select count(*)::int from swept
$$;
--> statement-breakpoint
revoke all on function journal.sweep_answers(int) from public;
grant execute on function journal.sweep_answers(int) to titian_consent;
--> statement-breakpoint
-- Forgets every kept answer that names one of these ids. Called by audit.erase() alone.
create function journal.forget_answers(p_ids uuid[]) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  delete from journal.answer
   where body::text ~ (select string_agg(id::text, '|') from unnest(p_ids) as id)
$$;
--> statement-breakpoint
revoke all on function journal.forget_answers(uuid[]) from public;
