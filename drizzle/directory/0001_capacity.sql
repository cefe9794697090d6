-- How many can still be taken: counts that an agency gives, places held while a referral is decided,
-- and what became of both.
create table directory.capacity (
  service uuid not null references directory.service,
  -- Whose service it is.
  agency uuid not null references directory.agency,
  unit text not null check (unit in ('bed', 'hour', 'place')),
  maximum int not null check (maximum between 0 and 100000),
  -- Empty now, held ones among them. Acceptances and endings count it on until the next count.
  available int not null check (available between 0 and maximum),
  -- When a person last counted.
  as_of timestamptz not null,
  -- For how long a count is as good as new; after three times that it is worth nothing.
  fresh_hours int not null default 24 check (fresh_hours between 1 and 720),
  -- For how long a place is held; 0: none is.
  hold_hours int not null default 24 check (hold_hours between 0 and 168),
  version int not null default 1,
  primary key (service, unit)
);
--> statement-breakpoint
create index capacity_agency on directory.capacity (agency, service, unit);
--> statement-breakpoint
-- At most one place for each referral.
create table directory.hold (
  referral uuid primary key,
  service uuid not null,
  unit text not null,
  agency uuid not null,
  -- The sender, for whom it is held.
  holder uuid not null,
  state text not null check (state in ('held', 'taken', 'released', 'expired')),
  placed_at timestamptz not null,
  -- A place whose time is over is free, whether or not that was put on the record yet.
  expires_at timestamptz not null,
  changed_at timestamptz not null default clock_timestamp(),
  foreign key (service, unit) references directory.capacity on delete cascade
);
--> statement-breakpoint
create index hold_live on directory.hold (service, unit, expires_at) where state = 'held';
create index hold_agency on directory.hold (agency, referral);
create index hold_holder on directory.hold (holder, referral);
--> statement-breakpoint
-- Every count and every change of one, for the agency's own statistics.
create table directory.capacity_reading (
  id uuid primary key default journal.new_id(),
  at timestamptz not null default clock_timestamp(),
  service uuid not null,
  agency uuid not null,
  unit text not null,
  maximum int not null,
  available int not null,
  cause text not null check (cause in ('counted', 'accepted', 'ended'))
);
--> statement-breakpoint
create index capacity_reading_agency on directory.capacity_reading (agency, id);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['capacity', 'hold', 'capacity_reading'] loop
    execute format('alter table directory.%I enable row level security', name);
    execute format('alter table directory.%I force row level security', name);
    execute format('create policy owner on directory.%I to titian_owner using (true) with check (true)', name);
  end loop;
end $$;
create policy read on directory.capacity for select to titian_directory using (true);
create policy add_own on directory.capacity for insert to titian_directory
  with check (agency = any((select journal.agencies())::uuid[])
    and exists (select from directory.service s where s.id = service and s.agency = capacity.agency));
create policy change_own on directory.capacity for update to titian_directory
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
create policy party on directory.hold for select to titian_directory
  using (agency = any((select journal.agencies())::uuid[])
    or holder = any((select journal.agencies())::uuid[]));
create policy own on directory.capacity_reading to titian_directory
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
grant select, insert on directory.capacity to titian_directory;
grant update (maximum, available, as_of, fresh_hours, hold_hours, version)
  on directory.capacity to titian_directory;
grant select on directory.hold to titian_directory;
grant select, insert on directory.capacity_reading to titian_directory;
--> statement-breakpoint
-- What a count is still worth, 1 to 0: whole while fresh, then falling to nothing.
create function directory.freshness(p_as_of timestamptz, p_fresh_hours int) returns float8
  language sql stable as $$
  select greatest(0, least(1,
    (3 - extract(epoch from clock_timestamp() - p_as_of) / 3600 / p_fresh_hours) / 2))::float8
$$;
--> statement-breakpoint
-- What these services have left. `held` counts live holds; who holds is not told.
create function directory.places(p_services uuid[])
  returns table (service uuid, unit text, maximum int, available int, held int, free int,
    as_of timestamptz, fresh_hours int, hold_hours int, freshness float8, version int)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select c.service, c.unit, c.maximum, c.available, h.held, greatest(0, c.available - h.held),
    c.as_of, c.fresh_hours, c.hold_hours, directory.freshness(c.as_of, c.fresh_hours), c.version
  from directory.capacity c
  cross join lateral (select count(*)::int as held from directory.hold h
    where h.service = c.service and h.unit = c.unit and h.state = 'held'
      and h.expires_at > clock_timestamp()) h
  where c.service = any(p_services)
$$;
--> statement-breakpoint
-- Holds a place for each referral, never more than are empty. Published for the transaction that
-- decides whose referral it is. rows: {i, referral, service, holder, unit (null: bed, else place,
-- else hour), acting (agency), actor}. outcome: held (also when it was already) | taken | full |
-- not_held (this service counts no places, or holds none). Locks counts in order of service and unit.
create function directory.hold_places(p_rows jsonb)
  returns table (i int, outcome text, unit text, expires_at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz;
begin
  perform from directory.capacity c
  where c.service in (select r.service from jsonb_to_recordset(p_rows) as r(service uuid))
  order by c.service, c.unit for no key update;
  -- A new snapshot: holds that others committed while this one waited are counted. Whole
  -- milliseconds, as timers have them.
  v_now := date_trunc('milliseconds', clock_timestamp());
  return query
  with asked as materialized (
    select r.i, r.referral, r.service, r.holder, r.acting, r.actor, c.unit, c.agency, c.available,
      c.hold_hours, h.unit as old_unit, h.expires_at as old_end,
      case when h.state = 'taken' then 'taken'
        when h.state = 'held' and h.expires_at > v_now then 'held'
        when coalesce(c.hold_hours, 0) = 0 then 'not_held' end as known
    from jsonb_to_recordset(p_rows) as r(i int, referral uuid, service uuid, holder uuid, unit text,
      acting uuid, actor text)
    left join lateral (select * from directory.capacity c
      where c.service = r.service and c.unit = coalesce(r.unit, c.unit)
      order by array_position(array['bed', 'place', 'hour'], c.unit) limit 1) c on true
    left join directory.hold h on h.referral = r.referral
  ), ranked as (
    select a.*, row_number() over (partition by a.service, a.unit order by a.i)
      + (select count(*) from directory.hold h where h.service = a.service and h.unit = a.unit
          and h.state = 'held' and h.expires_at > v_now) <= a.available as fits
    from asked a where a.known is null
  ), held as (
    insert into directory.hold as h (referral, service, unit, agency, holder, state, placed_at, expires_at)
    select k.referral, k.service, k.unit, k.agency, k.holder, 'held', v_now,
      v_now + make_interval(hours => k.hold_hours)
    from ranked k where k.fits
    on conflict (referral) do update set service = excluded.service, unit = excluded.unit,
      state = 'held', placed_at = v_now, expires_at = excluded.expires_at, changed_at = v_now
    returning h.referral, h.service, h.unit, h.agency, h.holder, h.expires_at
  ), timed as (
    insert into journal.timer (name, key, due, try_at)
    select 'directory.hold-expiry', h.referral || '.' || extract(epoch from h.expires_at),
      h.expires_at, h.expires_at
    from held h on conflict do nothing
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, object, data)
    select 'directory.hold.placed.v1', a.acting, a.actor, array[h.agency, h.holder], h.referral,
      jsonb_build_object('service', h.service, 'unit', h.unit, 'expires_at', h.expires_at)
    from held h join asked a on a.referral = h.referral
  )
  select a.i, coalesce(a.known, case when h.referral is null then 'full' else 'held' end),
    coalesce(h.unit, case when a.known in ('held', 'taken') then a.old_unit end),
    coalesce(h.expires_at, case when a.known = 'held' then a.old_end end)
  from asked a left join held h on h.referral = a.referral;
end $$;
--> statement-breakpoint
-- Gives held places back before their time. rows: {i, referral, acting, actor}. Published as above.
-- outcome: released | none.
create function directory.release_holds(p_rows jsonb)
  returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, referral uuid, acting uuid, actor text)
  ), released as (
    update directory.hold h set state = 'released', changed_at = clock_timestamp()
    from asked a where h.referral = a.referral and h.state = 'held'
    returning h.referral, h.service, h.unit, h.agency, h.holder
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, object, data)
    select 'directory.hold.released.v1', a.acting, a.actor, array[r.agency, r.holder], r.referral,
      jsonb_build_object('service', r.service, 'unit', r.unit)
    from released r join asked a on a.referral = r.referral
  )
  select a.i, case when r.referral is null then 'none' else 'released' end
  from asked a left join released r on r.referral = a.referral
$$;
--> statement-breakpoint
-- Puts on the record that a hold was over at this instant. The place was free from then on.
create function directory.expire_hold(p_referral uuid, p_at timestamptz) returns boolean
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with ended as (
    update directory.hold h set state = 'expired', changed_at = clock_timestamp()
    where h.referral = p_referral and h.state = 'held' and h.expires_at <= p_at
    returning h.*
  ), journaled as (
    insert into journal.entry (type, actor, concerned, object, data)
    select 'directory.hold.expired.v1', 'hub', array[e.agency, e.holder], e.referral,
      jsonb_build_object('service', e.service, 'unit', e.unit)
    from ended e
  )
  select exists (select from ended)
$$;
--> statement-breakpoint
-- Lets counts follow what became of referrals, in the transaction in which it became so: an acceptance
-- takes the place held for it, or an empty one that nobody holds; an ending gives it back.
-- rows: {referral, service, holder, is_ended}. An agency that accepts more than it counted stays at 0.
create function directory.settle_holds(p_rows jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_now timestamptz;
begin
  perform from directory.capacity c
  where c.service in (select r.service from jsonb_to_recordset(p_rows) as r(service uuid))
  order by c.service, c.unit for no key update;
  if not found then return; end if;
  v_now := clock_timestamp();
  with asked as materialized (
    select r.referral, r.service, r.holder, r.is_ended, h.state as was, coalesce(
        h.state = 'held' and h.expires_at > v_now, false) as is_held,
      coalesce(case when h.state in ('held', 'taken') then h.unit end, c.unit) as unit
    from jsonb_to_recordset(p_rows) as r(referral uuid, service uuid, holder uuid, is_ended boolean)
    left join directory.hold h on h.referral = r.referral
    left join lateral (select c.unit from directory.capacity c
      where c.service = r.service and c.unit in ('bed', 'place')
      order by c.unit limit 1) c on true
  ), ended as (
    select a.*, a.was = 'taken' as frees from asked a where a.is_ended and a.was in ('held', 'taken')
  ), taken as (
    select a.* from asked a
    where not a.is_ended and a.is_held
    union all
    select w.referral, w.service, w.holder, w.is_ended, w.was, w.is_held, w.unit from (
      select a.*, row_number() over (partition by a.service, a.unit order by a.referral) as n
      from asked a where not a.is_ended and not a.is_held and a.was is distinct from 'taken') w
    join directory.places((select array_agg(x.service) from asked x)) p
      on p.service = w.service and p.unit = w.unit and w.n <= p.free
  ), changed as (
    update directory.capacity c set version = c.version + 1,
      available = least(c.maximum, greatest(0, c.available + d.delta))
    from (select s.service, s.unit, sum(s.delta)::int as delta, bool_or(s.delta < 0) as is_less
      from (select e.service, e.unit, 1 as delta from ended e where e.frees
        union all select t.service, t.unit, -1 from taken t) s
      group by s.service, s.unit) d
    where c.service = d.service and c.unit = d.unit
    returning c.service, c.agency, c.unit, c.maximum, c.available, d.is_less
  ), noted as (
    insert into directory.capacity_reading (service, agency, unit, maximum, available, cause)
    select n.service, n.agency, n.unit, n.maximum, n.available,
      case when n.is_less then 'accepted' else 'ended' end
    from changed n
  ), released as (
    update directory.hold h set state = 'released', changed_at = v_now
    from ended e where h.referral = e.referral
  )
  insert into directory.hold as h (referral, service, unit, agency, holder, state, placed_at, expires_at)
  select t.referral, t.service, t.unit, c.agency, t.holder, 'taken', v_now, v_now
  from taken t join directory.capacity c on c.service = t.service and c.unit = t.unit
  on conflict (referral) do update set state = 'taken', changed_at = v_now;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['places(uuid[])', 'hold_places(jsonb)', 'release_holds(jsonb)',
    'expire_hold(uuid, timestamptz)', 'settle_holds(jsonb)'] loop
    execute format('revoke all on function directory.%s from public', name);
  end loop;
end $$;
grant execute on function directory.places(uuid[]), directory.expire_hold(uuid, timestamptz)
  to titian_directory;
