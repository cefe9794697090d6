-- Whether two agencies may talk about a survivor now, and in which category: while a hand-off between
-- the survivor's agency and the one that serves is open, and consent names the category for the one that
-- serves, in either direction. Holds what it rests on until the transaction ends.
-- rows: {i, referral, case, with, via, owned, agency, category, states}. With `referral`: its two agencies.
-- With `case` and `with`, or with `via` (a hand-off that `agency` received): the owner of the case and an
-- agency that serves it; `owned`: for the owner alone. verdict: ok | absent | state | consent_ended | held_back | not_in_package.
create function referrals.hold_talk(p_rows jsonb)
  returns table (i int, verdict text, case_id uuid, other uuid, purpose text, state text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select a.i, a.referral, a.via, a.agency, a.category, a.states, a.about, a.owned, o.owner,
      coalesce(a."with", o.owner) as other
    from (
      select r.*, coalesce(r."case", (select v.case_id from referrals.referral v where v.id = r.via
          and v.recipient = r.agency and v.sent_at is not null)) as about
      from jsonb_to_recordset(p_rows) as r(i int, referral uuid, "case" uuid, "with" uuid, via uuid,
        owned boolean, agency uuid, category text, states text[])) a
    cross join lateral (select cases.owner_of(a.about) as owner) o
  ), resting as materialized (
    select a.i, a.agency, a.category, a.states, r.id, r.case_id, r.recipient, r.purpose, r.basis,
      case a.agency when r.sender then r.recipient else r.sender end as other, r.sender, false as is_case
    from asked a join referrals.referral r on r.id = a.referral
      and (r.sender = a.agency or (r.recipient = a.agency and r.sent_at is not null))
    union all
    select a.i, a.agency, a.category, a.states, r.id, r.case_id, r.recipient, r.purpose, r.basis,
      a.other, r.sender, true
    from asked a join referrals.referral r on r.case_id = a.about
      and r.recipient = case a.owner when a.agency then a.other when a.other then a.agency end
      and r.state = any(a.states)
    where a.referral is null and a.other <> a.agency and (a.owner = a.agency or a.owned is not true)
  ), numbered as materialized (
    select t.*, row_number() over (order by t.i, t.id)::int as k from resting t
  ), held as materialized (
    select * from consent.hold_grant((select jsonb_agg(jsonb_build_object('i', t.k, 'case', t.case_id,
      'recipient', t.recipient, 'purpose', t.purpose, 'basis', t.basis)) from numbered t))
  ), admitted as materialized (
    select * from cases.admit((select jsonb_agg(jsonb_build_object('i', t.k, 'case', t.case_id,
        'recipient', t.recipient, 'is_gated', false))
      from numbered t left join held h on h.i = t.k))
  ), judged as materialized (
    -- The state is read after the grant is held: what a withdrawal revoked meanwhile is seen.
    select t.*, case
        when not referrals.state_of(t.id) = any(t.states)
          -- Of a transfer that was handed over, the sender has the case no more: consent names it no longer.
          or case when t.is_case then not m.owner in (t.agency, t.other) else m.owner <> t.sender end
          then 'state'
        when h.i is null or h.for_minor <> cases.is_minor(m.age_band) then 'consent_ended'
        when m.verdict = 'blocked' then 'held_back'
        when not t.category = any(h.categories) then 'not_in_package'
        else 'ok' end as verdict
    from numbered t join admitted m on m.i = t.k left join held h on h.i = t.k
  ), best as (
    select distinct on (j.i) j.* from judged j
    order by j.i, array_position(array['ok', 'not_in_package', 'held_back', 'consent_ended', 'state'],
      j.verdict), j.id
  )
  select a.i, coalesce(b.verdict, case when a.referral is null and a.about is not null
      and (a.agency = a.owner or a.via is not null) then 'state' else 'absent' end),
    coalesce(b.case_id, a.about), coalesce(b.other, a.other), b.purpose,
    referrals.state_of(coalesce(b.id, case when a.about is not null then a.via end))
  from asked a left join best b on b.i = a.i
$$;
--> statement-breakpoint
-- The case of a referral for one of its agencies, and whether that is the one that serves. No row:
-- absent or foreign.
create function referrals.talk_of(p_id uuid, p_agency uuid)
  returns table (case_id uuid, is_recipient boolean)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.case_id, r.recipient = p_agency from referrals.referral r
  where r.id = p_id and (r.sender = p_agency or (r.recipient = p_agency and r.sent_at is not null))
$$;
--> statement-breakpoint
revoke all on function referrals.hold_talk(jsonb), referrals.talk_of(uuid, uuid) from public;
