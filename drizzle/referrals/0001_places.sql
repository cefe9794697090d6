-- A place held at the recipient's service while a referral is decided. Counts are the directory's.
-- rows: {i, id, agency, actor, unit}. outcome: held | taken | full | not_held | state | absent.
create function referrals.hold_place(p_rows jsonb)
  returns table (i int, outcome text, unit text, expires_at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_open jsonb;
begin
  -- Held FOR SHARE: whatever decides the referral waits, and then settles the hold.
  select jsonb_agg(jsonb_build_object('i', o.i, 'referral', o.id, 'service', o.service,
      'holder', o.sender, 'unit', o.unit, 'acting', o.agency, 'actor', o.actor)) into v_open
  from (select a.*, r.service, r.sender
    from jsonb_to_recordset(p_rows) as a(i int, id uuid, agency uuid, actor text, unit text)
    join referrals.referral r on r.id = a.id and (r.sender = a.agency or r.recipient = a.agency)
      and r.state in ('sent', 'acknowledged', 'info_requested')
    order by r.id for share of r) o;
  return query
  select a.i, coalesce(h.outcome, case when r.id is null then 'absent' else 'state' end), h.unit,
    h.expires_at
  from jsonb_to_recordset(p_rows) as a(i int, id uuid, agency uuid)
  left join directory.hold_places(v_open) h on h.i = a.i
  left join referrals.referral r on r.id = a.id
    and (r.sender = a.agency or (r.recipient = a.agency and r.sent_at is not null));
end $$;
--> statement-breakpoint
-- rows: {i, id, agency, actor}. outcome: released | none | absent.
create function referrals.release_place(p_rows jsonb) returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with own as (
    select a.i, a.id as referral, a.agency as acting, a.actor
    from jsonb_to_recordset(p_rows) as a(i int, id uuid, agency uuid, actor text)
    join referrals.referral r on r.id = a.id
      and (r.sender = a.agency or (r.recipient = a.agency and r.sent_at is not null))
  )
  select a.i, coalesce(d.outcome, 'absent')
  from jsonb_to_recordset(p_rows) as a(i int)
  left join directory.release_holds((select jsonb_agg(to_jsonb(own)) from own)) d on d.i = a.i
$$;
--> statement-breakpoint
-- Whoever moves a referral, and however: its place is taken or given back in the same transaction.
create function referrals.settle_places() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_rows jsonb;
begin
  select jsonb_agg(jsonb_build_object('referral', n.id, 'service', n.service, 'holder', n.sender,
      'is_ended', n.state not in ('accepted', 'in_service'))) into v_rows
  from new_rows n join old_rows o on o.id = n.id
  where n.state <> o.state and n.state in ('accepted', 'in_service', 'completed', 'closed', 'declined',
    'withdrawn', 'expired', 'revoked', 'ended_unserved', 'entered_in_error');
  if v_rows is not null then perform directory.settle_holds(v_rows); end if;
  return null;
end $$;
create trigger settle_places after update on referrals.referral
  referencing old table as old_rows new table as new_rows
  for each statement execute function referrals.settle_places();
--> statement-breakpoint
revoke all on function referrals.hold_place(jsonb), referrals.release_place(jsonb),
  referrals.settle_places() from public;
grant execute on function referrals.hold_place(jsonb), referrals.release_place(jsonb)
  to titian_referrals;
