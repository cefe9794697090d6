-- Notifications: how far each person has looked, the ways of telling, what was told, and the tasks
-- that come of what could not be told. The feed itself is the ledger's.
create schema notifications;
--> statement-breakpoint
-- How far a person has looked through the agency's feed; the same on all devices.
create table notifications.seen (
  agency uuid not null,
  person text not null,
  up_to bigint not null check (up_to >= 0),
  at timestamptz not null default clock_timestamp(),
  primary key (agency, person)
);
--> statement-breakpoint
-- When and how much a person wants to be told. An agency's own channels have the empty person.
create table notifications.preference (
  agency uuid not null,
  person text not null,
  -- all | normal | urgent: the least that is told.
  least text not null default 'all' check (least in ('all', 'normal', 'urgent')),
  time_zone text not null default 'Asia/Jakarta' check ((timestamptz 'epoch' at time zone time_zone) is not null),
  -- Local; through midnight when it begins later than it ends. Null: never quiet.
  quiet_from time,
  quiet_to time,
  -- Emergencies and alarms come in quiet hours too.
  urgent_always boolean not null default true,
  -- Local time at which the calm is told, once a day. Null: as it comes.
  digest_at time,
  version int not null default 1,
  primary key (agency, person),
  check ((quiet_from is null) = (quiet_to is null))
);
--> statement-breakpoint
-- Host names that webhooks of an agency may call; the hub's administrator registers them.
create table notifications.host (
  agency uuid not null,
  host text not null,
  primary key (agency, host)
);
--> statement-breakpoint
-- A way to tell somebody. What it leads to is sealed: an address says who works where.
create table notifications.channel (
  id uuid primary key,
  agency uuid not null,
  -- Empty: the agency itself.
  person text not null,
  kind text not null check (kind in ('email', 'push', 'webhook', 'phone')),
  -- Only supervisors are told what is for supervisors.
  is_supervisor boolean not null,
  ciphertext bytea not null,
  wrapped_key bytea not null,
  -- Keyed digest of what it leads to: the same is registered once.
  fingerprint text not null,
  active boolean not null default true,
  at timestamptz not null default clock_timestamp(),
  unique (agency, person, fingerprint)
);
--> statement-breakpoint
-- One notice on one channel. Kept for a year, so that "what reached me" has an answer.
create table notifications.delivery (
  id uuid primary key default journal.new_id(),
  agency uuid not null,
  channel uuid not null references notifications.channel,
  -- Journal entry; a test has its own id.
  entry uuid not null,
  type text not null,
  level text not null check (level in ('urgent', 'normal', 'calm')),
  -- Number in the agency's feed; 0 for a test.
  n bigint not null,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead')),
  try_at timestamptz not null,
  tries int not null default 0,
  -- Who has it in hand may keep it until then.
  claimed_until timestamptz,
  -- Code of the last failure.
  failure text,
  at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  unique (channel, entry)
);
create index delivery_waiting on notifications.delivery (try_at) where state = 'waiting';
create index delivery_channel on notifications.delivery (channel, id desc);
create index delivery_agency on notifications.delivery (agency, id desc);
create index delivery_at on notifications.delivery (at);
--> statement-breakpoint
-- What a person has to do because the hub could not, or may not.
create table notifications.task (
  id uuid primary key default journal.new_id(),
  -- Null: the hub's coordinators.
  agency uuid,
  kind text not null check (kind in ('notice_undelivered', 'agency_unreachable', 'escalation', 'phone_call',
    'dead_letter', 'review_overdue')),
  object uuid not null,
  data jsonb not null default '{}',
  at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  done_by text
);
-- About one object there may be several: a call to each agency, a letter of each consumer.
create unique index task_open on notifications.task
  (coalesce(agency, '00000000-0000-0000-0000-000000000000'), kind, object,
    coalesce(data ->> 'agency', data ->> 'consumer', '')) where done_at is null;
create index task_agency on notifications.task (agency, id desc);
create index task_hub on notifications.task (id desc) where agency is null;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['seen', 'preference', 'host', 'channel', 'delivery', 'task'] loop
    execute format('alter table notifications.%I enable row level security', name);
    execute format('alter table notifications.%I force row level security', name);
    execute format('create policy owner on notifications.%I to titian_owner using (true) with check (true)', name);
  end loop;
  foreach name in array array['seen', 'preference', 'channel', 'delivery'] loop
    execute format('create policy own on notifications.%I to titian_notifications
      using (agency = any((select journal.agencies())::uuid[]))
      with check (agency = any((select journal.agencies())::uuid[]))', name);
  end loop;
end $$;
create policy own on notifications.task to titian_notifications
  using (agency = any((select journal.agencies())::uuid[])
    or (agency is null and cardinality((select journal.agencies())) = 0))
  with check (agency = any((select journal.agencies())::uuid[])
    or (agency is null and cardinality((select journal.agencies())) = 0));
create policy read on notifications.host for select to titian_notifications
  using (agency = any((select journal.agencies())::uuid[])
    or cardinality((select journal.agencies())) = 0);
-- Only the hub, which acts for no agency, registers one.
create policy register on notifications.host to titian_notifications
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
grant usage on schema notifications to titian_notifications;
grant select, insert, update on notifications.seen, notifications.preference, notifications.channel,
  notifications.delivery, notifications.task to titian_notifications;
grant select, insert, delete on notifications.host to titian_notifications;
create policy own_notifications on journal.answer to titian_notifications
  using (actor = (select journal.actor())) with check (actor = (select journal.actor()));
grant select, insert, update on journal.answer to titian_notifications;
--> statement-breakpoint
-- Moves a person's mark forward, never back. rows: {i, agency, person, up_to}.
create function notifications.see(p_rows jsonb) returns table (i int, up_to bigint)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with marked as (
    insert into notifications.seen as s (agency, person, up_to)
    select a.agency, a.person, max(a.up_to)
    from jsonb_to_recordset(p_rows) as a(agency uuid, person text, up_to bigint)
    group by a.agency, a.person order by a.agency, a.person
    on conflict (agency, person) do update
      set up_to = greatest(s.up_to, excluded.up_to), at = clock_timestamp()
    returning s.agency, s.person, s.up_to
  )
  select a.i, m.up_to from jsonb_to_recordset(p_rows) as a(i int, agency uuid, person text)
  join marked m on m.agency = a.agency and m.person = a.person
$$;
--> statement-breakpoint
-- The first instant from p_at on that is not within quiet local hours.
create function notifications.after_quiet(p_at timestamptz, p_zone text, p_from time, p_to time)
  returns timestamptz language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when p_from is null or p_from = p_to then p_at
    when p_from < p_to and l.t::time >= p_from and l.t::time < p_to then (l.t::date + p_to) at time zone p_zone
    when p_from > p_to and l.t::time >= p_from then (l.t::date + 1 + p_to) at time zone p_zone
    when p_from > p_to and l.t::time < p_to then (l.t::date + p_to) at time zone p_zone
    else p_at end
  from (select p_at at time zone p_zone as t) l
$$;
--> statement-breakpoint
-- When a notice may be told on a channel with these preferences.
create function notifications.tell_at(p_at timestamptz, p_level text, p notifications.preference)
  returns timestamptz language sql stable set search_path = pg_catalog, pg_temp as $$
  select case
    when p.agency is null or (p_level = 'urgent' and p.urgent_always) then p_at
    when p_level = 'calm' and p.digest_at is not null then notifications.after_quiet(
      ((l.t::date + (l.t::time >= p.digest_at)::int) + p.digest_at) at time zone p.time_zone,
      p.time_zone, p.quiet_from, p.quiet_to)
    else notifications.after_quiet(p_at, p.time_zone, p.quiet_from, p.quiet_to) end
  from (select p_at at time zone coalesce(p.time_zone, 'UTC') as t) l
$$;
--> statement-breakpoint
-- Puts a notice on every channel of the agencies told that wants it. rows: {entry, type, level,
-- supervisors, at, person, agencies: [{agency, n}]}; with a person, on that person's own alone. An agency
-- without any channel that is told something urgent becomes a task of the hub; a telephone becomes one
-- at once.
create function notifications.enqueue(p_rows jsonb) returns table (agency uuid, deliveries int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with told as materialized (
    select r.entry, r.type, r.level, r.supervisors, r.at, r.object, r.person, a.agency, a.n
    from jsonb_to_recordset(p_rows) as r(
      entry uuid, type text, level text, supervisors boolean, at timestamptz, object uuid, person text,
      agencies jsonb)
    cross join lateral jsonb_to_recordset(r.agencies) as a(agency uuid, n bigint)
  ), ways as materialized (
    select t.*, c.id as channel, c.kind, p as preference, c.person as owner
    from told t join notifications.channel c on c.agency = t.agency and c.active
      and (t.person is null or c.person = t.person)
    left join notifications.preference p on p.agency = c.agency and p.person = c.person
  ), queued as (
    insert into notifications.delivery (agency, channel, entry, type, level, n, try_at)
    select w.agency, w.channel, w.entry, w.type, w.level, w.n,
      notifications.tell_at(w.at, w.level, w.preference)
    from ways w join notifications.channel c on c.id = w.channel
    where w.kind <> 'phone' and (c.person = '' or c.is_supervisor or not w.supervisors)
      and case (w.preference).least when 'urgent' then w.level = 'urgent'
        when 'normal' then w.level <> 'calm' else true end
    on conflict (channel, entry) do nothing
    returning delivery.agency
  ), called as (
    insert into notifications.task (agency, kind, object, data)
    select distinct on (t.agency, w.agency is null, case when w.agency is not null then t.object end)
      null::uuid, case when w.agency is null then 'agency_unreachable' else 'phone_call' end,
      case when w.agency is null then t.agency else coalesce(t.object, t.agency) end,
      jsonb_build_object('agency', t.agency, 'level', t.level, 'type', t.type, 'call_from',
        case when w.agency is not null then notifications.tell_at(w.at, w.level, w.preference) end)
    from told t left join ways w on w.agency = t.agency
    where (w.agency is null and t.level = 'urgent') or (w.kind = 'phone' and t.level <> 'calm'
      and ((w.preference).least is distinct from 'urgent' or t.level = 'urgent'))
    order by t.agency, w.agency is null, case when w.agency is not null then t.object end,
      t.level = 'urgent' desc, t.at
    -- A call that waits for the morning is made at once when something urgent comes to it.
    on conflict (coalesce(agency, '00000000-0000-0000-0000-000000000000'), kind, object,
      coalesce(data ->> 'agency', data ->> 'consumer', '')) where done_at is null
    do update set data = excluded.data
      where excluded.data ->> 'level' = 'urgent' and task.data ->> 'level' <> 'urgent'
  )
  select q.agency, count(*)::int from queued q group by q.agency
$$;
--> statement-breakpoint
-- Takes what is to be told now in hand until `until`. rows: [{limit, at, until, busy: [channel]}].
create function notifications.claim(p_rows jsonb)
  returns table (id uuid, agency uuid, channel uuid, person text, kind text, type text, level text,
    n bigint, tries int, at timestamptz, ciphertext bytea, wrapped_key bytea, hosts text[])
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r("limit" int, at timestamptz, until timestamptz, busy uuid[])
  ), free as materialized (
    select d.id from notifications.delivery d
    join notifications.channel c on c.id = d.channel
    left join notifications.preference p on p.agency = c.agency and p.person = c.person
    where d.state = 'waiting' and d.try_at <= (select a.at from asked a)
      and (d.claimed_until is null or d.claimed_until <= (select a.at from asked a))
      and d.channel <> all((select a.busy from asked a)::uuid[])
      -- A try that is made again, or late, keeps quiet hours too.
      and (p.agency is null or (d.level = 'urgent' and p.urgent_always) or
        notifications.after_quiet((select a.at from asked a), p.time_zone, p.quiet_from, p.quiet_to)
          <= (select a.at from asked a))
    order by d.try_at limit (select a."limit" from asked a) for update of d skip locked
  ), taken as (
    update notifications.delivery d set claimed_until = (select a.until from asked a)
    from free f where d.id = f.id returning d.*
  )
  select t.id, t.agency, t.channel, c.person, c.kind, t.type, t.level, t.n, t.tries, t.at, c.ciphertext,
    c.wrapped_key, array(select h.host from notifications.host h where h.agency = t.agency)
  from taken t join notifications.channel c on c.id = t.channel order by t.id
$$;
--> statement-breakpoint
-- Writes down what became of deliveries. rows: {id, outcome: sent | again | dead, at, try_at, failure,
-- silences}. `dead` becomes a task of the agency, or of the hub when nobody else of the agency can be
-- told; `silences` ends the channel. A sent mail or push covers whatever waits on its channel.
create function notifications.settle(p_rows jsonb) returns table (id uuid, agency uuid)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(id uuid, outcome text, at timestamptz,
      try_at timestamptz, failure text, silences boolean)
  ), settled as (
    update notifications.delivery d set
      state = case a.outcome when 'sent' then 'sent' when 'dead' then 'dead' else 'waiting' end,
      tries = d.tries + 1, claimed_until = null, failure = a.failure,
      try_at = coalesce(a.try_at, d.try_at),
      sent_at = case a.outcome when 'sent' then a.at end
    from asked a where d.id = a.id and d.state = 'waiting'
    returning d.id, d.agency, d.channel, d.state, a.silences, a.at
  ), covered as (
    update notifications.delivery d set state = 'sent', sent_at = s.at, claimed_until = null
    from settled s join notifications.channel c on c.id = s.channel and c.kind in ('email', 'push')
    where s.state = 'sent' and d.channel = s.channel and d.state = 'waiting' and d.try_at <= s.at
      and d.id <> s.id
  ), silenced as (
    -- The same address may be added again, as after a removal.
    update notifications.channel c set active = false, fingerprint = c.fingerprint || '/' || s.id
    from settled s where c.id = s.channel and s.silences and c.active
  ), alarmed as (
    insert into notifications.task (agency, kind, object, data)
    select distinct s.agency, 'notice_undelivered', s.channel, jsonb_build_object('kind', c.kind)
    from settled s join notifications.channel c on c.id = s.channel where s.state = 'dead'
    union
    select distinct null::uuid, 'agency_unreachable', s.agency, jsonb_build_object('agency', s.agency)
    from settled s where s.state = 'dead' and not exists (select from notifications.channel o
      where o.agency = s.agency and o.active and o.id <> s.channel)
    on conflict do nothing
  )
  select s.id, s.agency from settled s where s.state = 'dead'
$$;
--> statement-breakpoint
-- Whether an agency is told by telephone: for referrals.
create function notifications.is_telephoned(p_agency uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from notifications.channel c
    where c.agency = p_agency and c.kind = 'phone' and c.active)
$$;
revoke all on function notifications.is_telephoned(uuid) from public;
grant execute on function notifications.is_telephoned(uuid) to titian_owner;
--> statement-breakpoint
-- The hub's coordinators have to do something. rows: {kind, object, data}.
create function notifications.call_coordinator(p_rows jsonb) returns table (i int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into notifications.task (agency, kind, object, data)
  select null, r.kind, r.object, r.data
  from jsonb_to_recordset(p_rows) as r(kind text, object uuid, data jsonb)
  on conflict do nothing returning 0
$$;
--> statement-breakpoint
-- Forgets what was told long ago. rows: [{before}].
create function notifications.forget(p_rows jsonb) returns table (i int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  delete from notifications.delivery d where d.at < (p_rows -> 0 ->> 'before')::timestamptz returning 0
$$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['see', 'enqueue', 'claim', 'settle', 'call_coordinator', 'forget'] loop
    execute format('revoke all on function notifications.%I(jsonb) from public', name);
    execute format('grant execute on function notifications.%I(jsonb) to titian_notifications', name);
  end loop;
end $$;
