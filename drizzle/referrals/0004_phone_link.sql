-- A link that lets the telephone contact of an agency acknowledge one referral, once. What it leads to
-- is known to whoever has the link: only its digest is kept.
create table referrals.phone_link (
  id uuid primary key,
  referral_id uuid not null references referrals.referral,
  digest bytea not null unique,
  at timestamptz not null,
  expires_at timestamptz not null,
  -- Acknowledged, or taken back by a newer link.
  ended_at timestamptz
);
create unique index phone_link_open on referrals.phone_link (referral_id) where ended_at is null;
--> statement-breakpoint
alter table referrals.phone_link enable row level security;
alter table referrals.phone_link force row level security;
create policy owner on referrals.phone_link to titian_owner using (true) with check (true);
--> statement-breakpoint
-- Makes a link for a referral that waits to be acknowledged by an agency that is told by telephone; the
-- one before is worth nothing from now on. No row: there is no such referral, or not for this actor.
create function referrals.make_phone_link(p_referral uuid, p_id uuid, p_digest text, p_at timestamptz,
    p_expires_at timestamptz)
  returns table (subject uuid, sender uuid, recipient uuid)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare r referrals.referral;
begin
  -- Only the hub's own people, who act for no agency.
  if cardinality((select journal.agencies())) > 0 then return; end if;
  select * into r from referrals.referral x where x.id = p_referral and x.state = 'sent' for update;
  if not found or not notifications.is_telephoned(r.recipient) then return; end if;
  update referrals.phone_link l set ended_at = p_at where l.referral_id = p_referral and l.ended_at is null;
  insert into referrals.phone_link (id, referral_id, digest, at, expires_at)
  values (p_id, p_referral, decode(p_digest, 'hex'), p_at, p_expires_at);
  return query select r.case_id, r.sender, r.recipient;
end $$;
--> statement-breakpoint
-- What a link that still holds is for. No row: it was used, taken back, ran out, or never was.
create function referrals.find_phone_link(p_digest text, p_at timestamptz)
  returns table (id uuid, referral uuid, recipient uuid, version int)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select l.id, r.id, r.recipient, r.version
  from referrals.phone_link l join referrals.referral r on r.id = l.referral_id
  where l.digest = decode(p_digest, 'hex') and l.ended_at is null and l.expires_at > p_at and r.state = 'sent'
$$;
--> statement-breakpoint
create function referrals.end_phone_link(p_id uuid, p_at timestamptz) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  update referrals.phone_link set ended_at = p_at where id = p_id and ended_at is null
$$;
--> statement-breakpoint
revoke all on function referrals.make_phone_link(uuid, uuid, text, timestamptz, timestamptz) from public;
revoke all on function referrals.find_phone_link(text, timestamptz) from public;
revoke all on function referrals.end_phone_link(uuid, timestamptz) from public;
grant execute on function referrals.make_phone_link(uuid, uuid, text, timestamptz, timestamptz),
  referrals.find_phone_link(text, timestamptz), referrals.end_phone_link(uuid, timestamptz)
  to titian_referrals;
