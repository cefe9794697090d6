-- Consent: statements are evidence and never edited; grants are what a hand-off locks.
create schema consent;
--> statement-breakpoint
create table consent.statement (
  id uuid not null,
  version int not null,
  case_id uuid not null,
  -- Who wrote it down; and whose case it is now.
  agency uuid not null,
  owner uuid not null,
  status text not null check (status in ('given', 'renewed', 'refused')),
  recipients uuid[] not null,
  purposes text[] not null,
  categories text[] not null,
  onward text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- The whole statement in canonical JSON (RFC 8785), its SHA-256 in base64url, and signed.
  body text not null,
  digest text not null,
  jws text not null,
  -- Who holds the key that signed, and which it was; null: the hub's for this agency.
  custody text not null default 'hub' check (custody in ('hub', 'agency')),
  kid text,
  captured_by text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (id, version),
  check ((custody = 'agency') = (kid is not null))
);
--> statement-breakpoint
create index statement_case on consent.statement (case_id, at desc);
--> statement-breakpoint
-- One row for ever per case, recipient, purpose and basis: the row that a hand-off locks FOR SHARE
-- and a withdrawal or a newer statement updates, so that one of the two waits for the other.
create table consent.grant (
  id uuid primary key,
  case_id uuid not null,
  owner uuid not null,
  recipient uuid not null,
  purpose text not null,
  basis text not null default 'consent',
  legal_reference text,
  statement uuid,
  statement_version int,
  statement_digest text,
  categories text[] not null,
  sensitive text[] not null default '{}',
  ends_at timestamptz not null,
  sensitive_ends_at timestamptz not null,
  onward text not null default 'none',
  -- Its period was left open: it ends when the last referral that it served closes, if not before.
  until_closed boolean not null default false,
  -- A guardian consented: it permits while the survivor is under 18 or of unknown age, and no longer.
  by_guardian boolean not null default false,
  -- The supervisor who answers for another lawful basis.
  approved_by text,
  -- Given to an owner of the case before the one that it has now.
  inherited boolean not null default false,
  -- The key that signed its statement was revoked. It permits nothing until she has consented anew; or
  -- (revoked_kid alone) it was signed before the key was in wrong hands, and whoever gets a hand-off by
  -- it is told of the key.
  distrusted_at timestamptz,
  revoked_kid text,
  status text not null default 'active' check (status in ('active', 'revoked')),
  version int not null default 1,
  at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  check ((basis = 'consent') = (statement is not null)),
  check (basis = 'consent' or (legal_reference is not null and approved_by is not null)),
  check (basis = 'consent' or not (until_closed or by_guardian)),
  check (distrusted_at is null or revoked_kid is not null),
  check (basis = 'consent' or revoked_kid is null)
);
--> statement-breakpoint
create unique index grant_key on consent.grant (case_id, recipient, purpose, basis);
create index grant_owner on consent.grant (owner, id desc);
--> statement-breakpoint
create table consent.withdrawal (
  id uuid primary key,
  case_id uuid not null,
  agency uuid not null,
  -- What ended: consent, or another lawful basis before its time.
  basis text not null default 'consent',
  scope text not null check (scope in ('this_referral', 'this_agency', 'all_sharing')),
  recipient uuid,
  purpose text,
  category text,
  actor text not null,
  at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
create index withdrawal_case on consent.withdrawal (case_id, id desc);
--> statement-breakpoint
-- One order per holder and referral: stop, within three times 24 hours.
create table consent.stop_order (
  id uuid primary key,
  withdrawal uuid not null references consent.withdrawal,
  case_id uuid not null,
  owner uuid not null,
  holder uuid not null,
  referral uuid not null,
  categories text[] not null,
  due_at timestamptz not null,
  answer text check (answer in ('stopped', 'returned', 'deleted', 'retained_by_law')),
  legal_reference text,
  answered_by text,
  answered_at timestamptz,
  at timestamptz not null default clock_timestamp(),
  check (answer <> 'retained_by_law' or legal_reference is not null)
);
--> statement-breakpoint
create index stop_order_case on consent.stop_order (case_id);
create index stop_order_withdrawal on consent.stop_order (withdrawal);
create index stop_order_holder on consent.stop_order (holder, id desc);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['statement', 'grant', 'withdrawal', 'stop_order'] loop
    execute format('alter table consent.%I enable row level security', name);
    execute format('alter table consent.%I force row level security', name);
    execute format('create policy owner on consent.%I to titian_owner using (true) with check (true)', name);
  end loop;
end $$;
create policy own on consent.statement to titian_consent
  using (owner = any((select journal.agencies())::uuid[])) with check (agency = any((select journal.agencies())::uuid[]));
create policy own on consent.grant to titian_consent
  using (owner = any((select journal.agencies())::uuid[])) with check (owner = any((select journal.agencies())::uuid[]));
create policy own on consent.withdrawal to titian_consent
  using (agency = any((select journal.agencies())::uuid[])) with check (agency = any((select journal.agencies())::uuid[]));
create policy party on consent.stop_order to titian_consent
  using (owner = any((select journal.agencies())::uuid[]) or holder = any((select journal.agencies())::uuid[]));
grant usage on schema consent to titian_consent, titian_referrals;
grant select, insert on consent.statement to titian_consent;
grant select, insert, update on consent.grant to titian_consent;
grant select on consent.withdrawal to titian_consent;
grant select, update (answer, legal_reference, answered_by, answered_at) on consent.stop_order
  to titian_consent;
--> statement-breakpoint
-- Locks the grants that hand-offs rest on, in id order, until the caller's transaction ends: a
-- withdrawal waits for the hand-off, or the hand-off finds nothing. The only admission check.
-- rows: {i, case, owner, recipient, purpose, basis}; no row for i: nothing permits it. A null owner
-- asks for whatever agency owns the case by now, a null purpose or basis for every one. A guardian's
-- consent permits for a minor alone, and an adult's own for an adult alone, as the case says now; who
-- admits MUST compare for_minor (null for another basis) with the case once that is locked too.
create function consent.hold_grant(p_rows jsonb)
  returns table (i int, id uuid, version int, statement uuid, statement_version int,
    statement_digest text, categories text[], ends_at timestamptz, onward text, inherited boolean,
    for_minor boolean, revoked_kid text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, "case" uuid, owner uuid, recipient uuid, purpose text, basis text)
  ), held as (
    select g.* from consent.grant g
    where g.id in (
        select n.id from asked a join consent.grant n
          on n.case_id = a."case" and n.recipient = a.recipient
          and (a.purpose is null or n.purpose = a.purpose) and (a.basis is null or n.basis = a.basis)
          and (a.owner is null or n.owner = a.owner) and n.status = 'active')
      and g.status = 'active' and g.ends_at > clock_timestamp() and g.distrusted_at is null
    order by g.id for share of g
  ), minor as (
    select m as id from cases.minors(array(select distinct a."case" from asked a)) m
  )
  select a.i, h.id, h.version, h.statement, h.statement_version, h.statement_digest,
    array(select c from unnest(h.categories) c
      where not c = any(h.sensitive) or h.sensitive_ends_at > clock_timestamp()),
    h.ends_at, h.onward, h.inherited, case h.basis when 'consent' then h.by_guardian end,
    h.revoked_kid
  from asked a join held h on h.case_id = a."case" and h.recipient = a.recipient
    and (a.purpose is null or h.purpose = a.purpose) and (a.basis is null or h.basis = a.basis)
    and (a.owner is null or h.owner = a.owner)
  where h.basis <> 'consent' or h.by_guardian = (h.case_id in (select n.id from minor n))
$$;
--> statement-breakpoint
-- The same question without the lock: for what is shown, never for what is admitted.
create function consent.permitted(p_rows jsonb)
  returns table (i int, categories text[], onward text, inherited boolean)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with asked as (
    select r.* from jsonb_to_recordset(p_rows) as r(
      i int, "case" uuid, recipient uuid, purpose text, basis text)
  ), minor as (
    select m as id from cases.minors(array(select distinct a."case" from asked a)) m
  )
  select a.i, array(select c from unnest(g.categories) c
      where not c = any(g.sensitive) or g.sensitive_ends_at > clock_timestamp()), g.onward, g.inherited
  from asked a join consent.grant g on g.case_id = a."case" and g.recipient = a.recipient
    and (a.purpose is null or g.purpose = a.purpose) and (a.basis is null or g.basis = a.basis)
    and g.status = 'active' and g.ends_at > clock_timestamp() and g.distrusted_at is null
  where g.basis <> 'consent' or g.by_guardian = (g.case_id in (select n.id from minor n))
$$;
--> statement-breakpoint
-- Whether there is a consent that would permit this but for the key that signed it: only to say why
-- nothing permits. A null owner or purpose asks for every one. Volatile: it sees what committed while the
-- hand-off waited for its grant.
create function consent.is_distrusted(p_case uuid, p_owner uuid, p_recipient uuid, p_purpose text)
  returns boolean
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from consent.grant g
    where g.case_id = p_case and g.recipient = p_recipient and (p_purpose is null or g.purpose = p_purpose)
      and (p_owner is null or g.owner = p_owner) and g.status = 'active'
      and g.ends_at > clock_timestamp() and g.distrusted_at is not null)
$$;
--> statement-breakpoint
-- Makes changes to the consents of one case wait for one another, until the transaction ends. Whoever
-- locks several grants of a case for a change MUST call it before the first: then none deadlocks.
create function consent.hold_case(p_case uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select pg_advisory_xact_lock(hashtextextended('consent/' || p_case::text, 0))
$$;
--> statement-breakpoint
-- Locks every grant of a case, for a transfer, before anything else of it is locked.
create function consent.hold_grants_of(p_case uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select consent.hold_case(p_case);
  select from consent.grant g where g.case_id = p_case order by g.id for update
$$;
--> statement-breakpoint
-- Locks grants for a change, in id order, until the transaction ends.
create function consent.hold_for_change(p_grants uuid[]) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select from consent.grant g where g.id = any(p_grants) order by g.id for update
$$;
--> statement-breakpoint
-- Ends grants whose period was left open, now that nothing that they served is under way. They MUST be
-- held for the change. rows: {grant, sent_at} of the referrals that closed; a grant that was renewed
-- since lasts. Withdrawals still reach it, and a renewal gives it a new end.
create function consent.end_served(p_rows jsonb) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with ended as (
    update consent.grant g set ends_at = clock_timestamp(), version = g.version + 1
    from jsonb_to_recordset(p_rows) as r("grant" uuid, sent_at timestamptz)
    where g.id = r."grant" and g.until_closed and g.status = 'active' and g.at <= r.sent_at
      and g.ends_at > clock_timestamp()
    returning g.*
  )
  insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, reason, data)
  select 'consent.grant.ended.v1', null, 'hub', array[e.owner], e.case_id, e.id, e.purpose,
    'referral_closed', jsonb_build_object('version', e.version)
  from ended e
$$;
--> statement-breakpoint
-- The consents of a case follow its owner, ended ones too, with the evidence and with withdrawals that
-- holders have yet to confirm: the new owner can renew, withdraw and see what became of it.
create function consent.follow_ownership(p_case uuid, p_to uuid) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update consent.grant g set owner = p_to, inherited = true, version = g.version + 1
  where g.case_id = p_case;
  update consent.statement s set owner = p_to where s.case_id = p_case;
  update consent.withdrawal w set agency = p_to where w.case_id = p_case;
  update consent.stop_order o set owner = p_to where o.case_id = p_case;
  update consent.security_event e set owner = p_to
  where e.withdrawal in (select w.id from consent.withdrawal w where w.case_id = p_case);
end $$;
--> statement-breakpoint
-- Ends or narrows grants, revokes what rests on them, orders every holder to stop: one transaction.
-- row: {withdrawal, case, agency, actor, basis, scope, recipient, purpose, category}; a null part of
-- the scope means every one, but the basis is one. The agency owns the case or did. Returns one row per
-- referral that is affected.
create function consent.withdraw(p_row jsonb)
  returns table (grants int, referral uuid, holder uuid, is_revoked boolean, stop_order uuid)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  w record;
  v_owner uuid;
  v_told uuid[];
  v_grants uuid[];
  v_former jsonb;
begin
  select * into w from jsonb_to_record(p_row) as r(withdrawal uuid, "case" uuid, agency uuid,
    actor text, basis text, scope text, recipient uuid, purpose text, category text);
  perform consent.hold_case(w."case");
  select f.owner into v_owner from cases.withdrawal_facts(w."case", w.agency) f;
  if not found then return; end if;
  v_told := array(select distinct x from unnest(array[w.agency, v_owner]) x);
  -- Waits for every hand-off in flight on these grants; none can be admitted afterwards.
  with locked as (
    select g.id from consent.grant g
    where g.case_id = w."case" and g.basis = w.basis and g.status = 'active'
      and (w.recipient is null or g.recipient = w.recipient)
      and (w.purpose is null or g.purpose = w.purpose)
      and (w.category is null or w.category = any(g.categories))
    order by g.id for update
  ), ended as (
    update consent.grant g set
      categories = case when w.category is null then g.categories
                        else array_remove(g.categories, w.category) end,
      sensitive = case when w.category is null then g.sensitive
                       else array_remove(g.sensitive, w.category) end,
      status = case when w.category is null or cardinality(array_remove(g.categories, w.category)) = 0
                    then 'revoked' else g.status end,
      ended_at = case when w.category is null or cardinality(array_remove(g.categories, w.category)) = 0
                      then clock_timestamp() else null end,
      version = g.version + 1
    from locked where g.id = locked.id and g.status = 'active'
    returning g.id, g.recipient, g.purpose, g.status, g.version
  ), journaled as (
    -- The recipient is not told: it may never have heard of this survivor. Holders get their order.
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories,
      reason, data)
    select case when w.basis = 'consent' then 'consent.grant.withdrawn.v1'
        else 'consent.lawful_basis.ended.v1' end, w.agency, w.actor, v_told, w."case",
      e.id, e.purpose, case when w.category is null then null else array[w.category] end, w.scope,
      jsonb_build_object('withdrawal', w.withdrawal, 'status', e.status, 'version', e.version)
    from ended e
  )
  select array_agg(e.id) into v_grants from ended e;
  -- Earlier owners hold what they wrote, whatever grants there are.
  if w.purpose is null and w.basis = 'consent' then
    select jsonb_agg(to_jsonb(f)) into v_former
    from cases.stop_former(w."case", w.recipient, w.category) f;
  end if;
  if v_grants is null and v_former is null then return; end if;
  insert into consent.withdrawal (id, case_id, agency, basis, scope, recipient, purpose, category, actor)
  values (w.withdrawal, w."case", v_owner, w.basis, w.scope, w.recipient, w.purpose, w.category, w.actor);
  -- A new snapshot: every hand-off that committed before the lock was given is seen.
  return query
  with hit as (
    select h.referral, h.holder, h.is_revoked, h.was_delivered and h.holder <> w.agency as must_stop,
      h.holder <> w.agency as has_permit, h.categories
    from referrals.revoke(coalesce(v_grants, '{}'), w.category, w.scope, w.agency, v_owner, w.actor) h
    union all
    select f.referral, f.agency, false, true, false, f.categories
    from jsonb_to_recordset(v_former) as f(agency uuid, referral uuid, categories text[])
  ), ordered as (
    insert into consent.stop_order (id, withdrawal, case_id, owner, holder, referral, categories, due_at)
    select journal.new_id(), w.withdrawal, w."case", v_owner, h.holder, h.referral, h.categories,
      clock_timestamp() + interval '72 hours'
    from hit h where h.must_stop
    returning stop_order.id, stop_order.referral, stop_order.holder, stop_order.categories
  ), told as (
    -- Whoever was given a permit learns that it has ended; each confirms it, or is told again.
    insert into consent.security_event (id, agency, owner, kind, withdrawal, referral, stop_order, case_id,
      categories, due_at)
    select journal.new_id(), h.holder, v_owner, 'consent_withdrawn', w.withdrawal, h.referral, o.id,
      w."case", h.categories, clock_timestamp() + interval '72 hours'
    from hit h left join ordered o on o.referral = h.referral and o.holder = h.holder
    where h.has_permit
  ), journaled as (
    -- Without the withdrawal: its id would tell two holders that they hold the same person.
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    select 'consent.stop_order.issued.v1', w.agency, w.actor,
      array(select distinct x from unnest(array[v_owner, o.holder]) x), w."case",
      o.id, o.categories, jsonb_build_object('referral', o.referral)
    from ordered o
  )
  select coalesce(cardinality(v_grants), 0), h.referral, h.holder, h.is_revoked, o.id
  from (select 1) one left join hit h on true
    left join ordered o on o.referral = h.referral and o.holder = h.holder;
end $$;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['hold_grant(jsonb)', 'permitted(jsonb)',
    'is_distrusted(uuid, uuid, uuid, text)', 'hold_case(uuid)',
    'hold_grants_of(uuid)', 'hold_for_change(uuid[])', 'end_served(jsonb)',
    'follow_ownership(uuid, uuid)', 'withdraw(jsonb)'] loop
    execute format('revoke all on function consent.%s from public', name);
  end loop;
end $$;
grant execute on function consent.hold_case(uuid), consent.withdraw(jsonb) to titian_consent;
