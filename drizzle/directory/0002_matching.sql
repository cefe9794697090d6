-- How agencies answer, heard from the events of referrals: counts alone, by month of the sending.
create table directory.response (
  referral uuid primary key,
  -- Null until the sending was heard; events of one referral can come in any order after a failure.
  agency uuid,
  urgency text,
  sent_at timestamptz,
  first_at timestamptz,
  -- Taken back before it was answered: no fault of the recipient's.
  is_excused boolean not null default false,
  is_counted boolean not null default false
);
--> statement-breakpoint
create table directory.response_month (
  agency uuid not null,
  month date not null,
  asked int not null default 0,
  answered int not null default 0,
  -- Within 1 hour, 24 hours or 3 days: emergency, urgent, normal.
  in_time int not null default 0,
  excused int not null default 0,
  primary key (agency, month)
);
--> statement-breakpoint
alter table directory.response enable row level security;
alter table directory.response force row level security;
create policy owner on directory.response to titian_owner using (true) with check (true);
alter table directory.response_month enable row level security;
alter table directory.response_month force row level security;
create policy owner on directory.response_month to titian_owner using (true) with check (true);
create policy read on directory.response_month for select to titian_directory using (true);
grant select on directory.response_month to titian_directory;
--> statement-breakpoint
-- p_step: sent (with service and urgency) | answered | excused. What is heard twice counts once.
create function directory.hear_referral(p_referral uuid, p_step text, p_at timestamptz,
    p_service uuid, p_urgency text)
  returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_was directory.response;
  v_now directory.response;
  v_month date;
begin
  insert into directory.response (referral) values (p_referral) on conflict do nothing;
  select * into v_was from directory.response r where r.referral = p_referral for update;
  v_now := v_was;
  if p_step = 'sent' and v_was.sent_at is null then
    v_now.sent_at := p_at;
    v_now.urgency := p_urgency;
    v_now.agency := (select s.agency from directory.service s where s.id = p_service);
  elsif p_step = 'answered' then
    v_now.first_at := least(v_was.first_at, p_at);
  elsif p_step = 'excused' then
    v_now.is_excused := true;
  end if;
  update directory.response r set agency = v_now.agency, urgency = v_now.urgency,
    sent_at = v_now.sent_at, first_at = v_now.first_at, is_excused = v_now.is_excused,
    is_counted = v_now.agency is not null
  where r.referral = p_referral;
  if v_now.agency is null then return; end if;
  v_month := date_trunc('month', v_now.sent_at at time zone 'UTC');
  insert into directory.response_month as m (agency, month, asked, answered, in_time, excused)
  values (v_now.agency, v_month,
    (not v_was.is_counted)::int,
    (v_now.first_at is not null)::int - (v_was.is_counted and v_was.first_at is not null)::int,
    directory.is_in_time(v_now)::int - (v_was.is_counted and directory.is_in_time(v_was))::int,
    (v_now.is_excused and v_now.first_at is null)::int
      - (v_was.is_counted and v_was.is_excused and v_was.first_at is null)::int)
  on conflict (agency, month) do update set asked = m.asked + excluded.asked,
    answered = m.answered + excluded.answered, in_time = m.in_time + excluded.in_time,
    excused = m.excused + excluded.excused;
end $$;
--> statement-breakpoint
create function directory.is_in_time(p_row directory.response) returns boolean
  language sql immutable as $$
  select coalesce(p_row.first_at - p_row.sent_at <= case p_row.urgency
    when 'emergency' then interval '1 hour' when 'urgent' then interval '24 hours'
    else interval '3 days' end, false)
$$;
--> statement-breakpoint
-- Stage and areas in one, so that one index answers "who offers this, here": shelter:98.01.
create function directory.reach(p_stage text, p_areas text[]) returns text[]
  language sql immutable parallel safe as $$
  select array_agg(p_stage || ':' || area) from unnest(p_areas) as area
$$;
create index service_reach on directory.service using gin (directory.reach(stage, areas)) where active;
--> statement-breakpoint
-- As services/directory/hours.ts, which says what the columns hold; a test holds both together.
create function directory.is_open(p_hours jsonb, p_holidays jsonb, p_time_zone text, p_at timestamptz)
  returns boolean language sql stable as $$
  select p_hours <> '{}' and exists (
    select from jsonb_array_elements(p_hours -> (array['sun', 'mon', 'tue', 'wed', 'thu', 'fri',
      'sat'])[extract(dow from l.local)::int + 1]) as range
    where range ->> 'open' <= to_char(l.local, 'HH24:MI') and to_char(l.local, 'HH24:MI') < range ->> 'close')
    and not p_holidays @> jsonb_build_array(jsonb_build_object('day', to_char(l.local, 'YYYY-MM-DD')))
  from (select p_at at time zone p_time_zone as local) l
$$;
--> statement-breakpoint
revoke all on function directory.hear_referral(uuid, text, timestamptz, uuid, text) from public;
grant execute on function directory.hear_referral(uuid, text, timestamptz, uuid, text)
  to titian_directory;
grant select, insert on journal.inbox to titian_directory;
