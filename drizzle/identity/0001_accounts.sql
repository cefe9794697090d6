-- How people prove who they are: a passkey, or a password with a code, kept here; or the identity
-- provider of their agency. Nobody comes in without an invitation.
create table identity.invitation (
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  person uuid not null references identity.person (id) on delete cascade,
  made_by text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
--> statement-breakpoint
create table identity.account (
  person uuid primary key references identity.person (id) on delete cascade,
  -- Chosen by the person and completed by the hub, so that it tells nobody which names are taken.
  login text not null unique check (login ~ '^[a-z0-9][a-z0-9.-]{2,63}$'),
  -- Argon2id in PHC form. Null: passkeys alone.
  password_hash text check (password_hash like '$argon2id$%'),
  -- AES-256-GCM under a key of the hub: nonce, ciphertext, tag.
  totp_sealed bytea,
  -- The last time step whose code was used (RFC 6238 section 5.2): none is used twice.
  totp_step bigint not null default 0,
  created_at timestamptz not null default now(),
  check ((password_hash is null) = (totp_sealed is null))
);
--> statement-breakpoint
create table identity.passkey (
  id bytea primary key,
  person uuid not null references identity.person (id) on delete cascade,
  public_key bytea not null,
  counter bigint not null default 0,
  transports text[] not null default '{}',
  created_at timestamptz not null default now(),
  used_at timestamptz
);
--> statement-breakpoint
-- Keyed digests; each is good once in place of a code.
create table identity.recovery_code (
  person uuid not null references identity.person (id) on delete cascade,
  digest bytea not null check (octet_length(digest) = 32),
  used_at timestamptz,
  primary key (person, digest)
);
--> statement-breakpoint
-- Failures by keyed digest of a name, an address or a password; counted before they are known to be
-- failures, so that tries at the same moment do not pass together.
create table identity.attempt (
  key bytea primary key check (octet_length(key) = 32),
  tries int not null,
  since timestamptz not null default now()
);
--> statement-breakpoint
-- An agency's own identity provider. While it is active, accounts of that agency here are off.
create table identity.provider (
  agency uuid primary key,
  -- What people of the agency type to get there.
  handle text not null unique check (handle ~ '^[a-z0-9][a-z0-9-]{2,62}$' and handle <> 'titian'),
  issuer text not null check (issuer ~ '^https?://'),
  client_id text not null check (client_id <> ''),
  active boolean not null default true,
  version int not null default 1
);
--> statement-breakpoint
-- Who a person is at an identity provider, since an invitation was redeemed there.
create table identity.subject (
  issuer text not null,
  subject text not null check (char_length(subject) between 1 and 255),
  person uuid not null references identity.person (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (issuer, subject)
);
--> statement-breakpoint
-- Sign-outs at identity providers of the last quarter of an hour, so that a sign-in that was on its way
-- meanwhile does not come in after all. Without a sid: all of the subject.
create table identity.provider_logout (
  issuer text not null,
  client_id text not null,
  subject text,
  sid text,
  -- By the provider's clock.
  at timestamptz not null,
  kept_until timestamptz not null default now() + interval '15 minutes',
  check (subject is not null or sid is not null)
);
--> statement-breakpoint
create index provider_logout_issuer on identity.provider_logout (issuer, client_id);
create index provider_logout_age on identity.provider_logout (kept_until);
create index invitation_person on identity.invitation (person);
create index invitation_expiry on identity.invitation (expires_at);
create index passkey_person on identity.passkey (person);
create index attempt_age on identity.attempt (since);
create index subject_person on identity.subject (person);
--> statement-breakpoint
alter table identity.provider enable row level security;
alter table identity.provider force row level security;
create policy owner on identity.provider to titian_owner using (true) with check (true);
create policy by_hub on identity.provider to titian_identity
  using ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0)
  with check ((select journal.actor()) is not null and cardinality((select journal.agencies())) = 0);
--> statement-breakpoint
-- Whether a person signs in with an account of this hub.
create function identity.is_local(p identity.person) returns boolean language sql stable
  set search_path = pg_catalog, pg_temp
  as $$ select p.active and not exists (
    select from identity.provider v where v.agency = p.agency and v.active) $$;
--> statement-breakpoint
-- Rows: {login} or {passkey: hex}. Accounts that may be used here now; person is null for all others.
create function identity.find_accounts(rows jsonb)
returns table (i int, person uuid, password_hash text, totp_sealed bytea, public_key bytea,
  counter text, transports text[])
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (r.ordinality - 1)::int, p.id, case when p.id is not null then a.password_hash end,
    case when p.id is not null then a.totp_sealed end, k.public_key, k.counter::text, k.transports
  from jsonb_array_elements(rows) with ordinality r
    left join identity.passkey k on k.id = decode(r.value ->> 'passkey', 'hex')
    left join identity.account a on a.login = r.value ->> 'login' or a.person = k.person
    left join identity.person p on p.id = a.person and identity.is_local(p)
$$;
--> statement-breakpoint
-- Rows: {keys: [hex], limits: [int]}: counts a try under each key. allowed is false when one of them
-- was tried more often than its limit within 15 minutes.
create function identity.count_tries(rows jsonb)
returns table (i int, allowed boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, decode(k.key, 'hex') as key, l.most::int as most
    from jsonb_array_elements(rows) with ordinality r,
      jsonb_array_elements_text(r.value -> 'keys') with ordinality k (key, n)
      join lateral jsonb_array_elements_text(r.value -> 'limits') with ordinality l (most, n)
        on l.n = k.n
  ), swept as (
    delete from identity.attempt t where t.key in (
      select o.key from identity.attempt o where o.since < now() - interval '15 minutes'
      order by o.since limit 100 for update skip locked)
      and t.key not in (select a.key from asked a)
  ), counted as (
    insert into identity.attempt as t (key, tries)
    select a.key, count(*) from asked a group by a.key order by a.key
    on conflict (key) do update set
      tries = case when t.since < now() - interval '15 minutes' then excluded.tries
        else t.tries + excluded.tries end,
      since = case when t.since < now() - interval '15 minutes' then now() else t.since end
    returning t.key, t.tries
  )
  select a.i, bool_and(c.tries <= a.most) from asked a join counted c on c.key = a.key group by a.i
$$;
--> statement-breakpoint
-- Rows: {forget: hex, forgive: [hex]}: after a success, a name starts anew and the others get one back.
create function identity.forgive_tries(rows jsonb)
returns table (i int, done boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (select r.value, (r.ordinality - 1)::int as i
    from jsonb_array_elements(rows) with ordinality r
  ), forgotten as (
    delete from identity.attempt t using asked a where t.key = decode(a.value ->> 'forget', 'hex')
  ), forgiven as (
    update identity.attempt t set tries = greatest(t.tries - 1, 0)
    from asked a, jsonb_array_elements_text(a.value -> 'forgive') k where t.key = decode(k, 'hex')
  )
  select a.i, true from asked a
$$;
--> statement-breakpoint
-- Whether a session that the provider of an agency opened at p_at has been ended there since.
create function identity.has_signed_out(p_agency uuid, p_issuer text, p_subject text, p_sid text,
    p_at timestamptz)
  returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from identity.provider_logout o
    join identity.provider v on v.agency = p_agency and v.issuer = o.issuer and v.client_id = o.client_id
    where o.issuer = p_issuer and (o.subject is null or o.subject = p_subject)
      and (o.sid = p_sid
        or (o.at >= p_at and o.subject is not null and (o.sid is null or p_sid is null))))
$$;
--> statement-breakpoint
-- Rows: {person or issuer and subject, id_hash: hex, method, authenticated_at: seconds, before: hex,
-- invitation: hex}. Opens a session and ends the one before it, which gave its id away to whoever set
-- it; outcome is ok, unknown, inactive or signed_out (at the provider, since). An unknown subject with a
-- good invitation becomes its person's.
create function identity.open_sessions(rows jsonb)
returns table (i int, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  ask record;
  who identity.person;
  invited uuid;
begin
  delete from identity.session where used_at < now() - interval '12 hours';
  for ask in
    select (r.ordinality - 1)::int as i, v.* from jsonb_array_elements(rows) with ordinality r,
      jsonb_to_record(r.value) as v (person uuid, issuer text, subject text, id_hash text,
        method text, authenticated_at float8, before text, invitation text, sid text)
  loop
    who := null;
    if ask.person is not null then
      select * into who from identity.person p where p.id = ask.person and identity.is_local(p);
    else
      -- A sign-out there waits for this sign-in, or this finds it.
      perform pg_advisory_xact_lock(hashtextextended('identity/provider/' || ask.issuer, 0));
      update identity.invitation n set used_at = now()
        from identity.person p, identity.provider v
        where n.code_hash = decode(ask.invitation, 'hex') and n.used_at is null
          and n.expires_at > now() and p.id = n.person and p.active
          and coalesce(p.enrols_from, now()) <= now()
          and v.agency = p.agency and v.active and v.issuer = ask.issuer
          and not exists (select from identity.subject s
            where s.issuer = ask.issuer and s.subject = ask.subject)
        returning p.id into invited;
      if invited is not null then
        insert into identity.subject (issuer, subject, person)
          values (ask.issuer, ask.subject, invited);
      end if;
      select p.* into who from identity.subject s
        join identity.person p on p.id = s.person
        join identity.provider v on v.agency = p.agency and v.active and v.issuer = s.issuer
        where s.issuer = ask.issuer and s.subject = ask.subject;
    end if;
    i := ask.i;
    outcome := case when who.id is null then 'unknown' when not who.active then 'inactive'
      when ask.issuer is not null and identity.has_signed_out(who.agency, ask.issuer, ask.subject, ask.sid,
        to_timestamp(ask.authenticated_at)) then 'signed_out'
      else 'ok' end;
    if outcome = 'ok' then
      delete from identity.session s where s.id_hash = decode(ask.before, 'hex');
      insert into identity.session (id_hash, person, method, authenticated_at, issuer, sid)
        values (decode(ask.id_hash, 'hex'), who.id, ask.method, to_timestamp(ask.authenticated_at),
          ask.issuer, ask.sid);
    end if;
    insert into journal.entry (type, outcome, agency, actor, concerned, reason, data) values (
      case when outcome = 'ok' then 'identity.person.signed_in.v1'
           else 'identity.person.sign_in_refused.v1' end,
      case when outcome = 'ok' then 'ok' else 'refused' end,
      who.agency, coalesce(who.id::text, 'anonymous'), array_remove(array[who.agency], null),
      nullif(outcome, 'ok'), jsonb_build_object('method', ask.method));
    return next;
  end loop;
end $$;
--> statement-breakpoint
-- Rows: {person, code_hash: hex, made_by}. An invitation lives 7 days and replaces those before it.
create function identity.make_invitations(rows jsonb)
returns table (i int, made boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, v.*
    from jsonb_array_elements(rows) with ordinality r,
      jsonb_to_record(r.value) as v (person uuid, code_hash text, made_by text)
  ), replaced as (
    delete from identity.invitation n using asked a
    where n.person = a.person and n.used_at is null and n.code_hash <> decode(a.code_hash, 'hex')
  ), made as (
    insert into identity.invitation (code_hash, person, made_by, expires_at)
    select decode(a.code_hash, 'hex'), p.id, a.made_by, now() + interval '7 days'
    from asked a join identity.person p on p.id = a.person and p.active
    on conflict (code_hash) do nothing
    returning person
  ), recorded as (
    insert into journal.entry (type, agency, actor, concerned, object)
    select 'identity.person.invited.v1', p.agency, a.made_by, array_remove(array[p.agency], null), p.id
    from made m join identity.person p on p.id = m.person join asked a on a.person = m.person
  )
  select a.i, exists (select from made m where m.person = a.person) or exists (
    select from identity.invitation n where n.code_hash = decode(a.code_hash, 'hex')) from asked a
$$;
--> statement-breakpoint
-- Rows: {code_hash: hex}. Whom an invitation that can still be used is for; provider is the handle of
-- the agency's own identity provider, if it has one; waits_until, when it can be used not before then.
create function identity.find_invitations(rows jsonb)
returns table (i int, person uuid, agency uuid, display_name text, language text, provider text,
  waits_until timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (r.ordinality - 1)::int, p.id, p.agency, p.display_name, p.language, v.handle,
    case when p.enrols_from > now() then p.enrols_from end
  from jsonb_array_elements(rows) with ordinality r
    left join identity.invitation n on n.code_hash = decode(r.value ->> 'code_hash', 'hex')
      and n.used_at is null and n.expires_at > now()
    left join identity.person p on p.id = n.person and p.active
    left join identity.provider v on v.agency = p.agency and v.active
$$;
--> statement-breakpoint
-- Rows: {code_hash: hex, login, password_hash, totp_sealed: hex, totp_step, recovery: [hex],
-- passkey: {id: hex, public_key: hex, counter, transports}}. Redeems an invitation: makes the account,
-- ends what there was of it and every session. person is null when the invitation is not good.
create function identity.redeem_invitations(rows jsonb)
returns table (i int, person uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  ask record;
  who identity.person;
begin
  for ask in
    select (r.ordinality - 1)::int as i, r.value as asked from jsonb_array_elements(rows) with ordinality r
  loop
    who := null;
    update identity.invitation n set used_at = now() from identity.person p
      where n.code_hash = decode(ask.asked ->> 'code_hash', 'hex') and n.used_at is null
        and n.expires_at > now() and p.id = n.person and identity.is_local(p)
        and coalesce(p.enrols_from, now()) <= now()
      returning p.* into who;
    i := ask.i;
    person := who.id;
    if who.id is not null then
      delete from identity.account a where a.person = who.id;
      delete from identity.passkey k where k.person = who.id;
      delete from identity.recovery_code c where c.person = who.id;
      delete from identity.session s where s.person = who.id;
      insert into identity.account (person, login, password_hash, totp_sealed, totp_step) values (
        who.id, ask.asked ->> 'login', ask.asked ->> 'password_hash',
        decode(ask.asked ->> 'totp_sealed', 'hex'), coalesce((ask.asked ->> 'totp_step')::bigint, 0));
      insert into identity.recovery_code (person, digest)
        select who.id, decode(c, 'hex')
        from jsonb_array_elements_text(coalesce(ask.asked -> 'recovery', '[]'::jsonb)) c;
      insert into identity.passkey (id, person, public_key, counter, transports)
        select decode(k.id, 'hex'), who.id, decode(k.public_key, 'hex'), k.counter, k.transports
        from jsonb_to_record(ask.asked -> 'passkey')
          as k (id text, public_key text, counter bigint, transports text[])
        where k.id is not null;
      insert into journal.entry (type, agency, actor, concerned, object, data) values (
        'identity.account.made.v1', who.agency, who.id::text, array_remove(array[who.agency], null),
        who.id, jsonb_build_object('passkey', ask.asked -> 'passkey' is not null
          and jsonb_typeof(ask.asked -> 'passkey') = 'object'));
    end if;
    return next;
  end loop;
end $$;
--> statement-breakpoint
-- Rows: {person, step} or {person, recovery: hex} or {person, passkey: hex, counter}: uses up the
-- second half of a proof. used is false when it was used before.
create function identity.use_factors(rows jsonb)
returns table (i int, used boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, v.*
    from jsonb_array_elements(rows) with ordinality r,
      jsonb_to_record(r.value) as v (person uuid, step bigint, recovery text, passkey text, counter bigint)
  ), stepped as (
    update identity.account t set totp_step = a.step from asked a
    where t.person = a.person and a.step > t.totp_step returning a.i
  ), recovered as (
    update identity.recovery_code t set used_at = now() from asked a
    where t.person = a.person and t.digest = decode(a.recovery, 'hex') and t.used_at is null
    returning a.i
  ), shown as (
    update identity.passkey t set counter = a.counter, used_at = now() from asked a
    where t.person = a.person and t.id = decode(a.passkey, 'hex')
      and (a.counter > t.counter or (a.counter = 0 and t.counter = 0)) returning a.i
  )
  select a.i, a.i in (select s.i from stepped s union all select c.i from recovered c
    union all select h.i from shown h) from asked a
$$;
--> statement-breakpoint
-- Rows: {id_hash: hex}. How the person of a session proved who they are, and where.
create function identity.session_ways(rows jsonb)
returns table (i int, method text, provider text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (r.ordinality - 1)::int, s.method, v.handle
  from jsonb_array_elements(rows) with ordinality r
    left join identity.session s on s.id_hash = decode(r.value ->> 'id_hash', 'hex')
      and identity.is_live(s)
    left join identity.person p on p.id = s.person
    left join identity.provider v on v.agency = p.agency and v.active and s.method = 'provider'
$$;
--> statement-breakpoint
-- Rows: {reason, person}. A sign-in that failed, on the record; person is null when it is not known.
create function identity.record_refusals(rows jsonb)
returns table (i int, done boolean)
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
  with asked as (
    select (r.ordinality - 1)::int as i, v.*, p.agency
    from jsonb_array_elements(rows) with ordinality r
      cross join jsonb_to_record(r.value) as v (reason text, person uuid)
      left join identity.person p on p.id = v.person
  ), recorded as (
    insert into journal.entry (type, outcome, agency, actor, concerned, object, reason)
    select 'identity.person.sign_in_refused.v1', 'refused', a.agency, 'anonymous',
      array_remove(array[a.agency], null), a.person, a.reason
    from asked a
  )
  select a.i, true from asked a
$$;
--> statement-breakpoint
-- Rows: {handle}. The active provider of that name; the sign-in page asks before it knows any agency.
create function identity.find_providers(rows jsonb)
returns table (i int, handle text, issuer text, client_id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (r.ordinality - 1)::int, v.handle, v.issuer, v.client_id
  from jsonb_array_elements(rows) with ordinality r
    left join identity.provider v on v.handle = r.value ->> 'handle' and v.active
$$;
--> statement-breakpoint
revoke execute on all functions in schema identity from public;
grant execute on function identity.find_accounts(jsonb), identity.count_tries(jsonb),
  identity.forgive_tries(jsonb), identity.open_sessions(jsonb), identity.make_invitations(jsonb),
  identity.find_invitations(jsonb), identity.redeem_invitations(jsonb), identity.use_factors(jsonb),
  identity.find_providers(jsonb), identity.record_refusals(jsonb),
  identity.session_ways(jsonb) to titian_identity;
grant select, insert, update on identity.provider to titian_identity;
