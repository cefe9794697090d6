-- An agency's identity provider says that somebody has signed out there (OpenID Connect Back-Channel
-- Logout 1.0): their sessions here end too.
--
-- Rows: {issuer, client_id}. The active provider that is meant, or nulls.
create function identity.find_issuers(rows jsonb)
returns table (i int, handle text, issuer text, client_id text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select (r.ordinality - 1)::int, v.handle, v.issuer, v.client_id
  from jsonb_array_elements(rows) with ordinality r
    left join lateral (
      select p.handle, p.issuer, p.client_id from identity.provider p
      where p.issuer = r.value ->> 'issuer' and p.client_id = r.value ->> 'client_id' and p.active
      order by p.agency limit 1) v on true
$$;
--> statement-breakpoint
-- Rows: {issuer, client_id, subject, sid, issued_at: seconds, digest: hex, good_until: seconds}. Ends the sessions of a sid,
-- or (sid null) all that the provider opened for a subject. A session whose sid the provider never said
-- ends with its subject. A digest is taken once, whichever process it comes to. A sign-in that is on its way
-- finds it (open_sessions).
create function identity.end_by_provider(rows jsonb)
returns table (i int, result text, ended int)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  ask record;
  gone record;
begin
  for ask in
    select (r.ordinality - 1)::int as i, v.* from jsonb_array_elements(rows) with ordinality r,
      jsonb_to_record(r.value) as v (issuer text, client_id text, subject text, sid text,
        issued_at float8, digest text, good_until float8)
  loop
    i := ask.i;
    ended := 0;
    result := 'ok';
    insert into identity.proof (digest, good_until)
      values (decode(ask.digest, 'hex'), to_timestamp(ask.good_until)) on conflict do nothing;
    if not found then
      result := 'replayed';
      return next;
      continue;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('identity/provider/' || ask.issuer, 0));
    delete from identity.provider_logout o where o.kept_until < now();
    insert into identity.provider_logout (issuer, client_id, subject, sid, at)
      values (ask.issuer, ask.client_id, ask.subject, ask.sid, to_timestamp(ask.issued_at));
    for gone in
      with away as (
        delete from identity.session s using identity.person p
        where p.id = s.person and s.issuer = ask.issuer
          and exists (select from identity.provider v where v.agency = p.agency and v.active
            and v.issuer = ask.issuer and v.client_id = ask.client_id)
          and (ask.sid is null or s.sid = ask.sid or (s.sid is null and ask.subject is not null))
          and (ask.subject is null or s.person in (select x.person from identity.subject x
            where x.issuer = ask.issuer and x.subject = ask.subject))
        returning s.person, p.agency
      )
      select a.person, a.agency, count(*)::int as n from away a group by a.person, a.agency
    loop
      ended := ended + gone.n;
      insert into journal.entry (type, agency, actor, concerned, object, data)
        values ('identity.sessions.ended.v1', gone.agency, 'hub', array[gone.agency], gone.person,
          jsonb_build_object('ended', gone.n, 'by', 'provider'));
    end loop;
    return next;
  end loop;
end $$;
--> statement-breakpoint
revoke execute on function identity.find_issuers(jsonb), identity.end_by_provider(jsonb) from public;
grant execute on function identity.find_issuers(jsonb), identity.end_by_provider(jsonb)
  to titian_identity;
