-- Counts over the whole network. Each counts different cases, and looks at nothing that happened after
-- the period: what was counted once is counted the same for ever.
-- `tab` is a table of the network view; a count of zero has no row.
create function cases.network_counts(p_from timestamptz, p_to timestamptz)
  returns table (tab text, "row" text, "column" text, cases int)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with sent as materialized (
    select f.*,
      case when f.acknowledged_at < p_to then f.acknowledged_at end as acknowledged,
      case when f.accepted_at < p_to then f.accepted_at end as accepted,
      case when f.handed_over_at < p_to then f.handed_over_at end as handed_over,
      case when f.completed_at < p_to then f.completed_at end as completed,
      case when f.ended_at < p_to then f.end_state end as ended,
      case when f.ended_at < p_to then f.end_reason end as why
    from cases.referral_fact f where f.sent_at >= p_from and f.sent_at < p_to
  ), steps as (
    select s.case_id, x.step, x.at - s.sent_at as took
    from sent s cross join lateral (values ('acknowledge', s.acknowledged), ('accept', s.accepted),
      ('hand_over', s.handed_over)) as x(step, at)
  )
  select 'steps', t.step, case
      when t.took is null then 'not_yet'
      when t.took <= interval '1 day' then 'within_1_day'
      when t.took <= interval '3 days' then 'within_3_days'
      when t.took <= interval '7 days' then 'within_7_days'
      when t.took <= interval '14 days' then 'within_14_days'
      else 'later' end as band, count(distinct t.case_id)::int
  from steps t group by t.step, band
  union all
  select 'declined', coalesce(s.why, 'other'), 'cases', count(distinct s.case_id)::int
  from sent s where s.ended = 'declined' group by coalesce(s.why, 'other')
  union all
  select 'stages', x.purpose, (array['ended', 'sent', 'accepted', 'in_service', 'completed'])[x.furthest],
    count(*)::int
  from (
    select s.case_id, s.purpose, max(case
        when s.completed is not null then 5
        when s.ended is not null then 1
        when s.handed_over is not null then 4
        when s.accepted is not null then 3
        else 2 end) as furthest
    from sent s group by s.case_id, s.purpose) x
  group by x.purpose, x.furthest
  union all
  select 'gaps', coalesce(g.area, 'unknown'), g.rule, count(distinct g.case_id)::int
  from cases.gap g where g.opened_at >= p_from and g.opened_at < p_to
  group by coalesce(g.area, 'unknown'), g.rule
  union all
  select 'agencies', s.recipient::text,
    case when s.acknowledged is null then 'unanswered' else 'answered' end, count(distinct s.case_id)::int
  from sent s where s.recipient is not null
  group by s.recipient, s.acknowledged is null
$$;
--> statement-breakpoint
-- Half and nine tenths of those who got there took at most so long, in hours, from the sending on.
create function cases.network_times(p_from timestamptz, p_to timestamptz)
  returns table (step text, cases int, median_hours int, p90_hours int)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.step, count(distinct t.case_id)::int,
    ceil(extract(epoch from percentile_disc(0.5) within group (order by t.took)) / 3600)::int,
    ceil(extract(epoch from percentile_disc(0.9) within group (order by t.took)) / 3600)::int
  from (
    select f.case_id, x.step, x.at - f.sent_at as took
    from cases.referral_fact f cross join lateral (values ('acknowledge', f.acknowledged_at),
      ('accept', f.accepted_at), ('hand_over', f.handed_over_at)) as x(step, at)
    where f.sent_at >= p_from and f.sent_at < p_to and x.at < p_to) t
  group by t.step
$$;
--> statement-breakpoint
revoke all on function cases.network_counts(timestamptz, timestamptz),
  cases.network_times(timestamptz, timestamptz) from public;
grant execute on function cases.network_counts(timestamptz, timestamptz),
  cases.network_times(timestamptz, timestamptz) to titian_cases;
