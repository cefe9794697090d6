-- The proof of a hand-off for whoever must check it without asking: which permit stands for it now.
alter table referrals.referral
  add column permit_number bigint not null default nextval('consent.permit_number');
--> statement-breakpoint
-- What the hub answered to a send: ids, codes and digests, from which its permit is signed again.
create table referrals.proof (
  referral_id uuid primary key,
  answer jsonb not null
);
--> statement-breakpoint
alter table referrals.proof enable row level security;
alter table referrals.proof force row level security;
create policy owner on referrals.proof to titian_owner using (true) with check (true);
--> statement-breakpoint
-- However a referral ends or loses a category, and whoever does it: its permit ends with it. One that
-- goes on with less gets another number.
create function referrals.end_permit() returns trigger
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.state = any('{closed,declined,withdrawn,expired,revoked,ended_unserved,entered_in_error}')
  then
    if old.state <> new.state then perform consent.end_permit(old.permit_number, 1::smallint); end if;
  elsif old.categories <> new.categories then
    perform consent.end_permit(old.permit_number, 2::smallint);
    new.permit_number := nextval('consent.permit_number');
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger end_permit before update of state, categories on referrals.referral
  for each row when (old.sent_at is not null) execute function referrals.end_permit();
--> statement-breakpoint
-- Suspends the permits that rest on these grants, which MUST be held for a change: whoever has one asks
-- for a new one, and gets it when she has consented anew.
create function referrals.suspend_permits(p_grants uuid[]) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_ids uuid[];
begin
  v_ids := array(
    select r.id from referrals.referral r
    where r.grant_id = any(p_grants) and r.sent_at is not null and not r.state = any(
      '{closed,declined,withdrawn,expired,revoked,ended_unserved,entered_in_error}')
    order by r.id for no key update);
  perform consent.end_permit(r.permit_number, 2::smallint) from referrals.referral r where r.id = any(v_ids);
  update referrals.referral r set permit_number = nextval('consent.permit_number') where r.id = any(v_ids);
end $$;
--> statement-breakpoint
-- The proof of one hand-off for one of its two agencies, under the lock of what permits it. No row:
-- absent or foreign; a null answer: never sent. `grant_categories` null: nothing permits it now;
-- `is_distrusted`: for the key that signed it alone.
create function referrals.proof_for(p_id uuid, p_agency uuid)
  returns table (answer jsonb, state text, number bigint, categories text[], case_id uuid,
    sender uuid, recipient uuid, purpose text, basis text, grant_categories text[], ends_at timestamptz,
    onward text, statement uuid, statement_version int, statement_digest text, statement_jws text,
    is_distrusted boolean)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from referrals.referral r
    where r.id = p_id and (r.sender = p_agency or (r.recipient = p_agency and r.sent_at is not null))
  ), held as materialized (
    select * from consent.hold_grant((select jsonb_agg(jsonb_build_object('i', 0, 'case', a.case_id,
      'recipient', a.recipient, 'purpose', a.purpose, 'basis', a.basis)) from asked a))
  )
  select p.answer, a.state, a.permit_number, a.categories, a.case_id, a.sender, a.recipient, a.purpose,
    a.basis, h.categories, h.ends_at, h.onward, h.statement, h.statement_version, h.statement_digest, c.jws,
    h.id is null and a.basis = 'consent'
      and consent.is_distrusted(a.case_id, null, a.recipient, a.purpose)
  from asked a left join referrals.proof p on p.referral_id = a.id left join held h on true
    left join lateral consent.copy_for(h.statement, h.statement_version, a.recipient) c on true
$$;
--> statement-breakpoint
revoke all on function referrals.end_permit() from public;
revoke all on function referrals.proof_for(uuid, uuid) from public;
revoke all on function referrals.suspend_permits(uuid[]) from public;
grant execute on function referrals.proof_for(uuid, uuid) to titian_referrals;
