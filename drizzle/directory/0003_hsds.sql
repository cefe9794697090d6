-- The directory as HSDS publishes it: when services changed, how they are searched, and listings of
-- services outside the hub that were imported. Listings can be looked up and not referred to.
alter table directory.agency add column changed_at timestamptz not null default clock_timestamp();
alter table directory.service add column changed_at timestamptz not null default clock_timestamp();
create function directory.note_change() returns trigger language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  new.changed_at := clock_timestamp();
  return new;
end $$;
create trigger note_change before update on directory.agency
  for each row execute function directory.note_change();
create trigger note_change before update on directory.service
  for each row execute function directory.note_change();
--> statement-breakpoint
create index service_text on directory.service using gin
  (to_tsvector('simple', name_id || ' ' || name_en || ' ' || summary_id || ' ' || summary_en));
create index agency_text on directory.agency using gin
  (to_tsvector('simple', name_id || ' ' || name_en));
--> statement-breakpoint
-- One row of a table of HSDS, as it was imported.
create table directory.hsds_row (
  tbl text not null,
  id text not null check (length(id) between 1 and 64),
  name text not null,
  own jsonb not null,
  links jsonb not null,
  import uuid not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (tbl, id)
);
--> statement-breakpoint
create index hsds_row_name on directory.hsds_row (tbl, name, id);
create index hsds_row_text on directory.hsds_row using gin
  (to_tsvector('simple', name || ' ' || coalesce(own ->> 'alternate_name', '') || ' '
    || coalesce(own ->> 'description', '')));
--> statement-breakpoint
-- Whose a row is: the row (tbl, id) names `target` in its column `key`.
create table directory.hsds_link (
  tbl text not null,
  id text not null,
  key text not null,
  target text not null,
  primary key (tbl, id, key, target),
  foreign key (tbl, id) references directory.hsds_row on delete cascade
);
--> statement-breakpoint
create index hsds_link_target on directory.hsds_link (target, tbl, key);
--> statement-breakpoint
create table directory.hsds_import (
  id uuid primary key,
  state text not null check (state in ('previewed', 'applied')),
  version int not null default 1,
  counts jsonb not null,
  made_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz
);
--> statement-breakpoint
create table directory.hsds_import_line (
  import uuid not null references directory.hsds_import,
  n int not null,
  file text not null,
  -- Of the file, for CSV.
  line int,
  tbl text not null,
  id text not null,
  own jsonb not null,
  links jsonb not null,
  outcome text not null check (outcome in ('new', 'changed', 'same', 'refused')),
  messages jsonb not null,
  primary key (import, n)
);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['hsds_row', 'hsds_link', 'hsds_import', 'hsds_import_line'] loop
    execute format('alter table directory.%I enable row level security', name);
    execute format('alter table directory.%I force row level security', name);
    execute format('create policy owner on directory.%I to titian_owner using (true) with check (true)', name);
    -- Only the hub, which acts for no agency, imports.
    execute format('create policy hub on directory.%I to titian_directory using ((select journal.actor())
      is not null and cardinality((select journal.agencies())) = 0) with check ((select journal.actor())
      is not null and cardinality((select journal.agencies())) = 0)', name);
  end loop;
end $$;
create policy read on directory.hsds_row for select to titian_directory using (true);
create policy read on directory.hsds_link for select to titian_directory using (true);
grant select, insert, update, delete on directory.hsds_row, directory.hsds_link to titian_directory;
grant select, insert, update on directory.hsds_import to titian_directory;
grant select, insert on directory.hsds_import_line to titian_directory;
