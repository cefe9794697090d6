-- Breaking the glass: who sees and moves a request, and what is opened under it.
create policy party on referrals.break_glass for select to titian_referrals
  using (agency = any((select journal.agencies())::uuid[]) or owner = any((select journal.agencies())::uuid[]));
create policy ask on referrals.break_glass for insert to titian_referrals
  with check (agency = any((select journal.agencies())::uuid[]));
create policy move on referrals.break_glass for update to titian_referrals
  using (agency = any((select journal.agencies())::uuid[]) or owner = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[])
    or owner = any((select journal.agencies())::uuid[]));
grant insert on referrals.break_glass to titian_referrals;
grant select (id, referral_id, case_id, agency, owner, categories, reason, asked_by, asked_at, lapses_at,
  approved_by, approved_at, ends_at, review_due, ended_by, ended_at, outcome, reviewed_by, reviewed_at,
  version) on referrals.break_glass to titian_referrals;
grant update (approved_by, approved_at, ends_at, review_due, ended_by, ended_at, outcome, reviewed_by,
  reviewed_at, review_ciphertext, review_key, version) on referrals.break_glass to titian_referrals;
--> statement-breakpoint
-- What a request rests on: the case, held so that it keeps its owner; what the package still has; what of
-- it opens without breaking anything; whether it was ever accepted, and whether it was sent to the wrong
-- recipient. No row: absent, or not this agency's to receive.
-- p_states: those in which a package is open.
create function referrals.glass_facts(p_referral uuid, p_agency uuid, p_states text[])
  returns table (case_id uuid, owner uuid, purpose text, packed text[], permitted text[],
    is_blocked boolean, was_accepted boolean, is_misdirected boolean)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from referrals.referral r
    where r.id = p_referral and r.recipient = p_agency and r.sent_at is not null
      and r.state <> 'entered_in_error'
  ), admitted as materialized (
    select * from cases.admit((select jsonb_agg(jsonb_build_object('i', 0, 'case', a.case_id,
      'recipient', a.recipient, 'is_gated', false)) from asked a))
  )
  select a.case_id, m.owner, a.purpose,
    array(select p.category from referrals.package p
      where p.referral_id = a.id and p.wrapped_key is not null order by 1),
    array(select distinct c from consent.permitted(jsonb_build_array(jsonb_build_object('i', 0,
        'case', a.case_id, 'recipient', a.recipient, 'purpose', a.purpose, 'basis', a.basis))) g,
      unnest(g.categories) c join referrals.package p on p.category = c
      where p.referral_id = a.id and p.withdrawn_at is null and a.state = any(p_states)),
    m.owner <> a.recipient
      and a.recipient = any(coalesce(cases.do_not_send_of(a.case_id, m.owner), '{}')),
    a.accepted_at is not null, a.state = 'withdrawn' and a.reason is not distinct from 'wrong_recipient'
  from asked a join admitted m on true
$$;
--> statement-breakpoint
-- Locks every broken glass of a case, for a transfer, before the case itself.
create function referrals.hold_glasses(p_case uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select g.id from referrals.break_glass g where g.case_id = p_case order by g.id for no key update
$$;
--> statement-breakpoint
-- First half of opening a category under a broken glass: holds the glass, so that it cannot be ended
-- meanwhile, and the case, and puts the opening on the record. MUST be committed before read_glass.
-- rows: {i, access, id, category, agency, actor, at}.
-- outcome: ok | absent | over | not_named | held_back | misdirected | not_in_package.
create function referrals.open_glass(p_rows jsonb) returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, access uuid, id uuid, category text, agency uuid, actor text, at timestamptz)
  ), held as materialized (
    select g.* from referrals.break_glass g where g.id in (select a.id from asked a)
    order by g.id for share
  ), resting as materialized (
    select a.*, h.referral_id, h.case_id, h.owner as reviewing, h.categories, h.reason,
      h.ends_at > a.at and h.ended_at is null as is_open, r.purpose,
      r.state = 'withdrawn' and r.reason is not distinct from 'wrong_recipient' as is_misdirected
    from asked a
    join held h on h.id = a.id and h.agency = a.agency and a.actor in (h.asked_by, h.approved_by)
    join referrals.referral r on r.id = h.referral_id and r.state <> 'entered_in_error'
  ), admitted as materialized (
    select * from cases.admit((select jsonb_agg(jsonb_build_object('i', t.i, 'case', t.case_id,
      'recipient', t.agency, 'is_gated', false)) from resting t))
  ), judged as materialized (
    select t.*, m.owner, case
        when t.is_open is not true then 'over'
        when not t.category = any(t.categories) then 'not_named'
        when m.owner <> t.agency
          and t.agency = any(coalesce(cases.do_not_send_of(t.case_id, m.owner), '{}')) then 'held_back'
        when t.is_misdirected then 'misdirected'
        when not exists (select from referrals.package p where p.referral_id = t.referral_id
          and p.category = t.category and p.wrapped_key is not null) then 'not_in_package'
        else 'ok' end as verdict
    from resting t join admitted m on m.i = t.i
  ), opened as (
    insert into referrals.access (id, referral_id, category, glass, agency, actor)
    select j.access, j.referral_id, j.category, j.id, j.agency, j.actor from judged j
    where j.verdict = 'ok'
    returning access.id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories,
      reason, data)
    select 'referrals.break_glass.opened.v1', j.agency, j.actor,
      array(select distinct x from unnest(array[j.agency, j.owner, j.reviewing]) x), j.case_id, j.referral_id,
      j.purpose, array[j.category], j.reason,
      jsonb_build_object('access', j.access, 'basis', 'break_glass', 'break_glass', j.id)
    from judged j join opened o on o.id = j.access
  )
  select a.i, coalesce(j.verdict, 'absent') from asked a left join judged j on j.i = a.i
$$;
--> statement-breakpoint
-- First half of reading why the glass was broken, and what its review says. Who may, decide() says.
-- rows: {i, access, id, agency, actor}. outcome: ok | absent.
create function referrals.open_glass_words(p_rows jsonb) returns table (i int, outcome text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, id uuid, agency uuid, actor text)
  ), found as materialized (
    select a.*, g.referral_id, g.case_id, g.agency as breaker, g.owner
    from asked a join referrals.break_glass g on g.id = a.id and a.agency in (g.agency, g.owner)
      and g.wrapped_key is not null
  ), opened as (
    -- It is no category of the package: `note` keeps read_payload away from that.
    insert into referrals.access (id, referral_id, category, note, glass, agency, actor)
    select f.access, f.referral_id, 'narrative', f.id, f.id, f.agency, f.actor from found f
    returning access.id
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    select 'referrals.break_glass.words_opened.v1', f.agency, f.actor,
      array(select distinct x from unnest(array[f.breaker, f.owner]) x), f.case_id, f.referral_id,
      '{narrative}', jsonb_build_object('access', f.access, 'break_glass', f.id)
    from found f join opened o on o.id = f.access
  )
  select a.i, case when f.i is null then 'absent' else 'ok' end from asked a left join found f on f.i = a.i
$$;
--> statement-breakpoint
-- Second half of both: demands a committed, unused record of the same actor, under 30 s old.
-- rows: {i, access, agency, actor}. No row for i: refused.
create function referrals.read_glass(p_rows jsonb)
  returns table (i int, ciphertext bytea, wrapped_key bytea, review_ciphertext bytea, review_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, agency uuid, actor text)
  ), used as (
    update referrals.access x set used_at = clock_timestamp()
    from asked a
    where x.id = a.access and x.agency = a.agency and x.actor = a.actor and x.used_at is null
      and x.glass is not null and x.at > clock_timestamp() - interval '30 seconds'
      and pg_xact_status(x.xid) = 'committed'
    returning a.i, x.referral_id, x.category, x.note, x.glass
  )
  select u.i, p.ciphertext, p.wrapped_key, null::bytea, null::bytea
  from used u join referrals.break_glass g on g.id = u.glass and g.ended_at is null
  join referrals.package p on p.referral_id = u.referral_id and p.category = u.category
    and p.wrapped_key is not null
  where u.note is null
  union all
  select u.i, g.ciphertext, g.wrapped_key, g.review_ciphertext, g.review_key
  from used u join referrals.break_glass g on g.id = u.note and g.wrapped_key is not null
$$;
--> statement-breakpoint
-- A review was due and is not done: both agencies are told, and the hub's coordinators get a task.
-- rows: {id, event, actor}.
create function referrals.call_glass_review(p_rows jsonb) returns table (i int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  insert into journal.entry (type, agency, actor, concerned, subject, object, reason, data)
  select a.event, null, a.actor, array(select distinct x from unnest(array[g.agency, g.owner]) x),
    g.case_id, g.referral_id, g.reason, jsonb_build_object('break_glass', g.id)
  from jsonb_to_recordset(p_rows) as a(id uuid, event text, actor text)
  join referrals.break_glass g on g.id = a.id and g.outcome is null
  returning 0
$$;
--> statement-breakpoint
revoke all on function referrals.hold_glasses(uuid), referrals.glass_facts(uuid, uuid, text[]), referrals.open_glass(jsonb),
  referrals.open_glass_words(jsonb), referrals.read_glass(jsonb), referrals.call_glass_review(jsonb)
  from public;
grant execute on function referrals.glass_facts(uuid, uuid, text[]), referrals.open_glass(jsonb),
  referrals.open_glass_words(jsonb), referrals.read_glass(jsonb), referrals.call_glass_review(jsonb)
  to titian_referrals;
