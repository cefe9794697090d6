-- Cases from files. The file itself is never kept: what a row says waits sealed in import_box until the
-- row has landed, and what was said of it (`report`, sealed: headers are an agency's own words) until the
-- import expires.
create table cases.import (
  id uuid primary key,
  agency uuid not null,
  format text not null check (format in ('xlsx', 'csv', 'xlsform')),
  state text not null default 'previewed'
    check (state in ('previewed', 'landing', 'landed', 'cancelled', 'expired')),
  version int not null default 1,
  made_by text not null,
  confirmed_by text,
  report bytea,
  report_key bytea,
  made_at timestamptz(3) not null,
  changed_at timestamptz(3) not null,
  expires_at timestamptz(3) not null
);
create index import_agency on cases.import (agency, id desc);
--> statement-breakpoint
create table cases.import_row (
  import uuid not null references cases.import,
  n int not null,
  agency uuid not null,
  -- Its number in the file.
  row int not null,
  state text not null check (state in ('ready', 'reported', 'already_here', 'landed', 'dropped')),
  -- Keyed digest by which the same row of another file is known again.
  row_key bytea not null,
  case_id uuid,
  report bytea,
  report_key bytea,
  primary key (import, n)
);
create index import_row_state on cases.import_row (import, state, n);
create table cases.import_box (
  import uuid not null references cases.import,
  n int not null,
  ciphertext bytea not null,
  wrapped_key bytea not null,
  primary key (import, n)
);
-- Every row that ever landed, so that none lands twice.
create table cases.import_landed (
  agency uuid not null,
  row_key bytea not null,
  case_id uuid not null,
  primary key (agency, row_key)
);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['import', 'import_row', 'import_box', 'import_landed'] loop
    execute format('alter table cases.%I enable row level security', name);
    execute format('alter table cases.%I force row level security', name);
    execute format('create policy owner on cases.%I to titian_owner using (true) with check (true)', name);
  end loop;
  foreach name in array array['import', 'import_row', 'import_landed'] loop
    execute format('create policy own on cases.%I to titian_cases
      using (agency = any((select journal.agencies())::uuid[]))
      with check (agency = any((select journal.agencies())::uuid[]))', name);
  end loop;
end $$;
create policy own on cases.import_box to titian_cases
  with check (exists (select from cases.import f where f.id = import));
grant select, insert, update on cases.import, cases.import_row to titian_cases;
grant select, insert on cases.import_landed to titian_cases;
grant insert on cases.import_box to titian_cases;
--> statement-breakpoint
-- Whose import it is, while it is landing; holds it until the caller's transaction ends.
create function cases.landing_import(p_import uuid) returns table (agency uuid, confirmed_by text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select f.agency, f.confirmed_by from cases.import f
  where f.id = p_import and f.state = 'landing' for update
$$;
--> statement-breakpoint
-- Takes the next rows of an import that is landing, in their order: who takes them lands them, in the
-- same transaction.
create function cases.take_import_rows(p_import uuid, p_limit int)
  returns table (n int, row_key bytea, ciphertext bytea, wrapped_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with next as (
    select b.n from cases.import_box b join cases.import f on f.id = b.import and f.state = 'landing'
    where b.import = p_import order by b.n limit p_limit
  ), taken as (
    delete from cases.import_box b using next x where b.import = p_import and b.n = x.n
    returning b.n, b.ciphertext, b.wrapped_key
  )
  select t.n, r.row_key, t.ciphertext, t.wrapped_key
  from taken t join cases.import_row r on r.import = p_import and r.n = t.n
  order by t.n
$$;
--> statement-breakpoint
-- Removes what still waits of an import that was cancelled.
create function cases.drop_import_rows(p_import uuid) returns int
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with dropped as (
    delete from cases.import_box b using cases.import f
    where b.import = p_import and f.id = p_import and f.state = 'cancelled' returning b.n
  ), marked as (
    update cases.import_row r set state = 'dropped' from dropped d
    where r.import = p_import and r.n = d.n returning 1
  )
  select count(*)::int from marked
$$;
--> statement-breakpoint
-- Removes everything of an import that its file said, once its time is over. Null: not yet, or done before;
-- else its agency, and whether anything had been waiting.
create function cases.expire_import(p_import uuid, p_now timestamptz)
  returns table (agency uuid, was_waiting boolean)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_found cases.import;
begin
  select * into v_found from cases.import f
  where f.id = p_import and f.expires_at <= p_now and f.state not in ('landing', 'expired') for update;
  if not found then return; end if;
  delete from cases.import_box b where b.import = p_import;
  update cases.import_row r set report = null, report_key = null,
    state = case when r.state = 'ready' then 'dropped' else r.state end
  where r.import = p_import;
  update cases.import f set report = null, report_key = null, changed_at = p_now,
    version = f.version + 1, state = 'expired'
  where f.id = p_import;
  return query select v_found.agency, v_found.state = 'previewed';
end $$;
--> statement-breakpoint
revoke all on function cases.landing_import(uuid), cases.take_import_rows(uuid, int),
  cases.drop_import_rows(uuid), cases.expire_import(uuid, timestamptz) from public;
grant execute on function cases.landing_import(uuid), cases.take_import_rows(uuid, int),
  cases.drop_import_rows(uuid), cases.expire_import(uuid, timestamptz) to titian_cases;
