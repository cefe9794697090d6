-- The directory: which agencies there are, and what each of their services can take.
-- It holds nothing about any survivor, and no address of anybody.
create schema directory;
--> statement-breakpoint
-- Codes of areas: a province (31), a regency or city (31.71), or a country (ISO 3166-1 alpha-2).
create domain directory.area as text check (value ~ '^([0-9]{2}(\.[0-9]{2})?|[A-Z]{2})$');
--> statement-breakpoint
create table directory.agency (
  id uuid primary key,
  name_id text not null check (name_id <> ''),
  name_en text not null check (name_en <> ''),
  kind text not null,
  area directory.area not null,
  -- An IANA name; clocks that count for this agency run in it.
  time_zone text not null check ((timestamptz 'epoch' at time zone time_zone) is not null),
  -- {"mon": [{"open": "08:00", "close": "16:00"}], ...}, local time; an absent day is closed.
  hours jsonb not null check (jsonb_typeof(hours) = 'object'),
  -- [{"day": "2026-12-25", "name": "..."}], local calendar days on which it is closed, in order.
  holidays jsonb not null default '[]' check (jsonb_typeof(holidays) = 'array'),
  -- Of an office. MUST be null for a confidential agency.
  phone text,
  -- Desks, never people: [{"title_id", "title_en", "phone", "email"}]. Empty when confidential.
  contacts jsonb not null default '[]' check (jsonb_typeof(contacts) = 'array'),
  confidential boolean not null default false,
  active boolean not null default true,
  version int not null default 1,
  -- A confidential agency tells no more of where it is than its province.
  check (not confidential or (phone is null and contacts = '[]' and length(area) = 2))
);
--> statement-breakpoint
create table directory.service (
  id uuid primary key,
  agency uuid not null references directory.agency (id),
  stage text not null,
  name_id text not null check (name_id <> ''),
  name_en text not null check (name_en <> ''),
  summary_id text not null,
  summary_en text not null,
  -- Codes as in directory.area; '*' is the whole of Indonesia. A province covers its regencies.
  areas text[] not null check (cardinality(areas) > 0),
  urgencies text[] not null check (cardinality(urgencies) > 0),
  needs text[] not null,
  languages text[] not null check (cardinality(languages) > 0),
  -- Empty: any age; empty: any gender.
  age_bands text[] not null,
  genders text[] not null,
  -- Data categories without which the service cannot take a referral.
  minimum_categories text[] not null,
  -- Takes referrals at every hour, whatever the agency's hours say.
  always_open boolean not null default false,
  active boolean not null default true,
  version int not null default 1
);
--> statement-breakpoint
create index agency_name on directory.agency (name_id, id);
create index service_agency on directory.service (agency);
create index service_stage on directory.service (stage, name_id, id) where active;
create index service_areas on directory.service using gin (areas) where active;
--> statement-breakpoint
alter table directory.agency enable row level security;
alter table directory.agency force row level security;
create policy owner on directory.agency to titian_owner using (true) with check (true);
-- Every agency reads the whole directory. A condition here would keep `&&` from using its index:
-- it is not leakproof.
create policy read on directory.agency for select to titian_directory using (true);
-- Only the hub, which acts for no agency, adds one.
create policy add on directory.agency for insert to titian_directory
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
create policy change_own on directory.agency for update to titian_directory
  using (id = any((select journal.agencies())::uuid[]))
  with check (id = any((select journal.agencies())::uuid[]));
create policy change_by_hub on directory.agency for update to titian_directory
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
--> statement-breakpoint
-- What only the hub says of an agency, above all whether it is active, the agency itself cannot
-- change, whatever its service lets through.
create function directory.keep_what_the_hub_says() returns trigger language plpgsql
  set search_path = pg_catalog, pg_temp as $$
begin
  if cardinality(journal.agencies()) > 0
    and (new.name_id, new.name_en, new.kind, new.area, new.confidential, new.active)
      is distinct from (old.name_id, old.name_en, old.kind, old.area, old.confidential, old.active)
  then raise exception 'only the hub changes this of an agency' using errcode = '42501'; end if;
  return new;
end $$;
create trigger keep_what_the_hub_says before update on directory.agency
  for each row execute function directory.keep_what_the_hub_says();
--> statement-breakpoint
alter table directory.service enable row level security;
alter table directory.service force row level security;
create policy owner on directory.service to titian_owner using (true) with check (true);
create policy read on directory.service for select to titian_directory using (true);
create policy add_own on directory.service for insert to titian_directory
  with check (agency = any((select journal.agencies())::uuid[]));
create policy change_own on directory.service for update to titian_directory
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
--> statement-breakpoint
-- Agencies by their ids, for the transaction of another schema; no row: there is no such agency.
create function directory.agency_facts(p_ids uuid[])
returns table (id uuid, name_id text, name_en text, active boolean)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select agency.id, agency.name_id, agency.name_en, agency.active
    from directory.agency where agency.id = any(p_ids)
$$;
--> statement-breakpoint
revoke execute on function directory.agency_facts(uuid[]) from public;
--> statement-breakpoint
-- What a hand-off needs to know about a service, for the transaction of another schema.
-- In: [{"i": 0, "service": "<uuid>"}]. One row per input; `service` is null when it is unknown.
-- `active` is false too when the agency is not active. `holidays` are local days, ISO 8601.
create function directory.service_facts(rows jsonb)
returns table (
  i int,
  service uuid,
  agency uuid,
  stage text,
  minimum_categories text[],
  urgencies text[],
  time_zone text,
  hours jsonb,
  always_open boolean,
  active boolean,
  holidays text[]
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select asked.i, service.id, service.agency, service.stage, service.minimum_categories,
         service.urgencies, agency.time_zone, agency.hours, service.always_open,
         service.active and agency.active,
         array(select jsonb_array_elements(agency.holidays) ->> 'day')
    from jsonb_to_recordset(rows) as asked (i int, service uuid)
    left join directory.service on service.id = asked.service
    left join directory.agency on agency.id = service.agency
$$;
--> statement-breakpoint
-- What an agency is called, for pages of another schema. In: [{"i": 0, "agency": "<uuid>"}].
create function directory.agency_names(rows jsonb)
returns table (i int, name_id text, name_en text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select asked.i, agency.name_id, agency.name_en
    from jsonb_to_recordset(rows) as asked (i int, agency uuid)
    left join directory.agency on agency.id = asked.agency
$$;
--> statement-breakpoint
revoke execute on function directory.service_facts(jsonb), directory.agency_names(jsonb) from public;
grant usage on schema directory
  to titian_directory, titian_referrals, titian_consent, titian_identity;
grant execute on function directory.agency_names(jsonb) to titian_identity;
grant execute on function directory.service_facts(jsonb) to titian_referrals, titian_consent;
grant execute on function directory.agency_facts(uuid[]) to titian_consent;
grant select, insert on directory.agency, directory.service to titian_directory;
-- The id and the owner of a row never change.
grant update (
  name_id, name_en, kind, area, time_zone, hours, holidays, phone, contacts, confidential, active, version
) on directory.agency to titian_directory;
grant update (
  stage, name_id, name_en, summary_id, summary_en, areas, urgencies, needs, languages, age_bands,
  genders, minimum_categories, always_open, active, version
) on directory.service to titian_directory;
