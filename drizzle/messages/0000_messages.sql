-- Messages: what two agencies write to each other while they serve somebody. Each is of one data
-- category, sealed, and read by a recorded opening alone.
create schema messages;
--> statement-breakpoint
create table messages.message (
  id uuid primary key,
  -- Null: about the case, between its owner and an agency that serves it.
  referral uuid,
  case_id uuid not null,
  agency uuid not null,
  -- The agency on the other side at the time; nobody else ever reads it.
  addressee uuid not null,
  author text not null,
  category text not null,
  -- Colleagues of the author, whom the other agency does not learn of.
  mentions uuid[] not null default '{}',
  ciphertext bytea not null,
  -- Null: retracted. That it was there stays.
  wrapped_key bytea,
  at timestamptz not null default clock_timestamp(),
  retracted_at timestamptz,
  check (retracted_at is null or wrapped_key is null)
);
create index message_referral on messages.message (referral, id desc);
create index message_case on messages.message (case_id, id desc);
--> statement-breakpoint
create table messages.attachment (
  id uuid primary key,
  referral uuid,
  case_id uuid not null,
  agency uuid not null,
  addressee uuid not null,
  author text not null,
  category text not null,
  -- Null: uploaded, and not sent yet.
  message uuid references messages.message,
  media_type text not null check (media_type in ('image/jpeg', 'image/png')),
  bytes int not null,
  width int not null,
  height int not null,
  ciphertext bytea not null,
  wrapped_key bytea,
  at timestamptz not null default clock_timestamp()
);
create index attachment_message on messages.attachment (message);
create index attachment_case on messages.attachment (case_id);
create index attachment_unsent on messages.attachment (at) where message is null;
--> statement-breakpoint
create table messages.access (
  id uuid primary key,
  message uuid,
  attachment uuid,
  agency uuid not null,
  actor text not null,
  at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  used_at timestamptz,
  check ((message is null) <> (attachment is null))
);
create index access_message on messages.access (message, agency, actor, at);
create index access_attachment on messages.access (attachment);
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['message', 'attachment', 'access'] loop
    execute format('alter table messages.%I enable row level security', name);
    execute format('alter table messages.%I force row level security', name);
    execute format('create policy owner on messages.%I to titian_owner using (true) with check (true)', name);
  end loop;
end $$;
grant usage on schema messages, referrals, cases to titian_messages;
grant execute on function referrals.talk_of(uuid, uuid), cases.owner_of(uuid) to titian_messages;
--> statement-breakpoint
-- Keeps an image until it is sent. rows: {i, id, referral, case, with, via, category, agency, actor,
-- states, media_type, bytes, width, height, ciphertext, wrapped_key (base64)}.
-- outcome: as referrals.hold_talk.
create function messages.attach(p_rows jsonb) returns table (i int, outcome text, state text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, id uuid, referral uuid, category text,
      agency uuid, actor text, media_type text, bytes int, width int, height int, ciphertext text,
      wrapped_key text)
  ), talk as materialized (
    select * from referrals.hold_talk((select jsonb_agg(r - 'ciphertext')
      from jsonb_array_elements(p_rows) r))
  ), kept as (
    insert into messages.attachment (id, referral, case_id, agency, addressee, author, category,
      media_type, bytes, width, height, ciphertext, wrapped_key)
    select a.id, a.referral, t.case_id, a.agency, t.other, a.actor, a.category, a.media_type, a.bytes,
      a.width, a.height, decode(a.ciphertext, 'base64'), decode(a.wrapped_key, 'base64')
    from asked a join talk t on t.i = a.i where t.verdict = 'ok'
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'messages.attachment.added.v1', a.agency, a.actor, array[a.agency], t.case_id,
      a.id, t.purpose, array[a.category], jsonb_build_object('referral', a.referral)
    from asked a join talk t on t.i = a.i where t.verdict = 'ok'
  )
  select a.i, t.verdict, t.state from asked a join talk t on t.i = a.i
$$;
--> statement-breakpoint
-- Sends messages: claims the key, holds what the conversation rests on, takes up the attachments, appends
-- the journal entries, stores the answer; all of a row or nothing of it. rows: {i, id, referral, case,
-- with, via, category, agency, actor, states, mentions, attachments, ciphertext, wrapped_key (base64),
-- key, route, fingerprint}. outcome: as referrals.hold_talk, or attachment_unknown | replayed |
-- key_reused | again (the same key is at work and was refused: ask again).
create function messages.send(p_rows jsonb)
  returns table (i int, outcome text, state text, body jsonb)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  v_claimed int[];
begin
  with first as materialized (
    select distinct on (r.actor, r.key) r.*
    from jsonb_to_recordset(p_rows) as r(i int, actor text, key text, route text, fingerprint text)
    order by r.actor, r.key, r.i
  ), claimed as (
    insert into journal.answer (actor, key, route, fingerprint)
    select f.actor, f.key, f.route, f.fingerprint from first f order by f.actor, f.key
    on conflict do nothing returning answer.actor, answer.key
  )
  select coalesce(array_agg(f.i), '{}') into v_claimed
  from first f join claimed c on c.actor = f.actor and c.key = f.key;
  return query
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, id uuid, referral uuid, category text,
      agency uuid, actor text, mentions uuid[], attachments uuid[], ciphertext text, wrapped_key text,
      key text)
    where r.i = any(v_claimed)
  ), talk as materialized (
    select * from referrals.hold_talk((select jsonb_agg(r - 'ciphertext')
      from jsonb_array_elements(p_rows) r where (r ->> 'i')::int = any(v_claimed)))
  ), free as materialized (
    select x.id from messages.attachment x
    where x.id in (select unnest(a.attachments) from asked a) and x.message is null
      and x.wrapped_key is not null
    order by x.id for update
  ), known as materialized (
    select c.i, count(*) as people from identity.colleagues((
      select jsonb_agg(jsonb_build_object('i', a.i, 'agency', a.agency, 'person', m))
      from asked a cross join lateral unnest(a.mentions) m)) c
    group by c.i
  ), judged as materialized (
    select a.*, t.case_id, t.other, t.purpose, t.state, case
        when t.verdict <> 'ok' then t.verdict
        when cardinality(a.mentions) <> coalesce((select k.people from known k where k.i = a.i), 0)
          then 'mention_unknown'
        when cardinality(a.attachments) <> (
          select count(*) from free f join messages.attachment x on x.id = f.id
          where x.id = any(a.attachments) and x.agency = a.agency and x.category = a.category
            and x.case_id = t.case_id and x.addressee = t.other
            and x.referral is not distinct from a.referral
            and not exists (select from asked b where b.i < a.i and x.id = any(b.attachments)))
          then 'attachment_unknown'
        else 'ok' end as verdict
    from asked a join talk t on t.i = a.i
  ), written as (
    insert into messages.message (id, referral, case_id, agency, addressee, author, category, mentions,
      ciphertext, wrapped_key)
    select j.id, j.referral, j.case_id, j.agency, j.other, j.actor, j.category, j.mentions,
      decode(j.ciphertext, 'base64'), decode(j.wrapped_key, 'base64')
    from judged j where j.verdict = 'ok'
    returning message.id, message.at
  ), attached as (
    update messages.attachment x set message = j.id
    from judged j where j.verdict = 'ok' and x.id = any(j.attachments)
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select 'messages.message.sent.v1', j.agency, j.actor, array[j.agency, j.other], j.case_id, j.id,
      j.purpose, array[j.category],
      jsonb_build_object('referral', j.referral, 'attachments', cardinality(j.attachments))
    from judged j where j.verdict = 'ok'
    returning entry.id, entry.object
  ), mentioned as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, data)
    select 'messages.colleague.mentioned.v1', j.agency, j.actor, array[j.agency], j.case_id, j.id,
      j.purpose, jsonb_build_object('referral', j.referral, 'person', m)
    from judged j cross join lateral unnest(j.mentions) m where j.verdict = 'ok'
  ), answered as (
    update journal.answer n set status = 201,
      body = jsonb_build_object('id', j.id, 'at', w.at, 'entry', e.id)
    from judged j join written w on w.id = j.id join journaled e on e.object = j.id
    where n.actor = j.actor and n.key = j.key
    returning j.i, n.body
  ), released as (
    delete from journal.answer n using judged j
    where j.verdict <> 'ok' and n.actor = j.actor and n.key = j.key
  )
  select j.i, j.verdict, j.state, n.body from judged j left join answered n on n.i = j.i;
  -- A new snapshot: what the same key did meanwhile, and in this call, is seen.
  return query
  select a.i, case when n.body is null then 'again' when n.fingerprint = a.fingerprint then 'replayed'
      else 'key_reused' end, null::text,
    case when n.fingerprint = a.fingerprint then n.body end
  from jsonb_to_recordset(p_rows) as a(i int, actor text, key text, fingerprint text)
  left join journal.answer n on n.actor = a.actor and n.key = a.key
  where not a.i = any(v_claimed);
end $$;
--> statement-breakpoint
-- The messages that an agency wrote or was written, newest first, without words: of a referral, with
-- those about its case for who serves; or of a case, with one agency or with all.
-- read: {agency, person, at} of the first reading by each; persons of the other agency are null.
create function messages.list_of(p_referral uuid, p_case uuid, p_with uuid, p_agency uuid, p_before uuid,
    p_limit int)
  returns table (id uuid, about text, agency uuid, addressee uuid, author text, category text,
    mentions uuid[], at timestamptz, retracted_at timestamptz, readable boolean, attachments jsonb,
    read jsonb)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with found as (
    -- Whoever took part finds what was said, also who no longer has the case.
    (select m.* from messages.message m
     where m.referral = p_referral and p_agency in (m.agency, m.addressee) and (p_before is null or m.id < p_before)
     order by m.id desc limit p_limit)
    union all
    (select m.* from referrals.talk_of(p_referral, p_agency) t
     join messages.message m on m.case_id = t.case_id and m.referral is null
     where t.is_recipient and p_agency in (m.agency, m.addressee)
       and (p_before is null or m.id < p_before)
     order by m.id desc limit p_limit)
    union all
    (select m.* from messages.message m
     where m.case_id = p_case and m.referral is null and p_agency in (m.agency, m.addressee)
       and (p_with is null or p_with in (m.agency, m.addressee))
       and (p_before is null or m.id < p_before)
     order by m.id desc limit p_limit)
  )
  select m.id, case when m.referral is null then 'case' else 'referral' end, m.agency, m.addressee,
    case when m.agency = p_agency then m.author end, m.category,
    case when m.agency = p_agency then m.mentions else '{}' end, m.at, m.retracted_at,
    m.wrapped_key is not null,
    coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'media_type', a.media_type,
        'bytes', a.bytes, 'width', a.width, 'height', a.height) order by a.id)
      from messages.attachment a where a.message = m.id and a.wrapped_key is not null), '[]'),
    coalesce((select jsonb_agg(jsonb_build_object('agency', x.agency,
        'person', case when x.agency = p_agency then x.actor end, 'at', x.first) order by x.first)
      from (select c.agency, c.actor, min(c.at) as first from messages.access c
        where c.message = m.id and c.agency <> m.agency and c.used_at is not null group by c.agency, c.actor) x), '[]')
  from found m order by m.id desc limit p_limit
$$;
--> statement-breakpoint
-- First half of reading a message or an attachment: who wrote it reads it always, whom it was written to
-- while they may talk. MUST be committed before read_payload. rows: {i, access, message, attachment,
-- agency, actor, states}. outcome: as referrals.hold_talk.
create function messages.open_access(p_rows jsonb)
  returns table (i int, outcome text, state text, media_type text, bytes int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with asked as materialized (
    select r.* from jsonb_to_recordset(p_rows) as r(i int, access uuid, message uuid, attachment uuid,
      agency uuid, actor text, states jsonb)
  ), found as materialized (
    select a.*, m.referral, m.case_id, m.agency as writer, m.category, null::text as media_type,
      0 as bytes
    from asked a join messages.message m on m.id = a.message
      and a.agency in (m.agency, m.addressee) and m.wrapped_key is not null
    union all
    select a.*, x.referral, x.case_id, x.agency, x.category, x.media_type, x.bytes
    from asked a join messages.attachment x on x.id = a.attachment and x.wrapped_key is not null
      and (a.agency = x.agency or (a.agency = x.addressee and x.message is not null))
  ), talk as materialized (
    select * from referrals.hold_talk((select jsonb_agg(jsonb_build_object('i', f.i, 'referral',
        f.referral, 'case', f.case_id, 'with', f.writer, 'agency', f.agency, 'category', f.category,
        'states', f.states))
      from found f where f.agency <> f.writer))
  ), judged as materialized (
    -- Whose message it is, is known: that the conversation is over is no secret.
    select f.*, t.state, t.purpose, case when f.agency = f.writer then 'ok'
      when t.verdict = 'absent' then 'state' else t.verdict end as verdict
    from found f left join talk t on t.i = f.i
  ), opened as (
    insert into messages.access (id, message, attachment, agency, actor)
    select j.access, j.message, j.attachment, j.agency, j.actor from judged j where j.verdict = 'ok'
  ), journaled as (
    insert into journal.entry (type, agency, actor, concerned, subject, object, purpose, categories, data)
    select case when j.message is null then 'messages.attachment.opened.v1'
        else 'messages.message.opened.v1' end, j.agency, j.actor,
      case when j.writer = j.agency then array[j.agency] else array[j.writer, j.agency] end,
      j.case_id, coalesce(j.message, j.attachment), j.purpose, array[j.category],
      jsonb_build_object('access', j.access, 'referral', j.referral)
    from judged j where j.verdict = 'ok'
  )
  select a.i, coalesce(j.verdict, 'absent'), j.state, j.media_type, j.bytes
  from asked a left join judged j on j.i = a.i
$$;
--> statement-breakpoint
-- Second half: demands a committed, unused record of the same actor, under 30 s old, and that what
-- permitted it still does. rows: {i, access, agency, actor, states}. No row for i: refused.
create function messages.read_payload(p_rows jsonb)
  returns table (i int, id uuid, media_type text, ciphertext bytea, wrapped_key bytea)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with used as (
    update messages.access x set used_at = clock_timestamp()
    from jsonb_to_recordset(p_rows) as a(i int, access uuid, agency uuid, actor text, states jsonb)
    where x.id = a.access and x.agency = a.agency and x.actor = a.actor and x.used_at is null
      and x.at > clock_timestamp() - interval '30 seconds' and pg_xact_status(x.xid) = 'committed'
    returning a.i, a.states, x.agency, x.message, x.attachment
  ), found as materialized (
    select u.i, u.states, u.agency as reader, m.id, m.referral, m.case_id, m.agency, m.category,
      null::text as media_type, m.ciphertext, m.wrapped_key
    from used u join messages.message m on m.id = u.message and m.wrapped_key is not null
    union all
    select u.i, u.states, u.agency, x.id, x.referral, x.case_id, x.agency, x.category, x.media_type,
      x.ciphertext, x.wrapped_key
    from used u join messages.attachment x on x.id = u.attachment and x.wrapped_key is not null
  ), talk as materialized (
    select * from referrals.hold_talk((select jsonb_agg(jsonb_build_object('i', f.i, 'referral',
        f.referral, 'case', f.case_id, 'with', f.agency, 'agency', f.reader, 'category', f.category,
        'states', f.states))
      from found f where f.reader <> f.agency))
  )
  select f.i, f.id, f.media_type, f.ciphertext, f.wrapped_key
  from found f left join talk t on t.i = f.i where f.reader = f.agency or t.verdict = 'ok'
$$;
--> statement-breakpoint
-- Takes a message back: its words and images can be read no more, and both agencies see that it was
-- there. row: {id, agency, actor, is_supervisor}. outcome: ok | absent | not_author | retracted.
create function messages.retract(p_row jsonb) returns table (outcome text, retracted_at timestamptz)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  w record;
  m messages.message;
begin
  select * into w from jsonb_to_record(p_row) as r(id uuid, agency uuid, actor text,
    is_supervisor boolean);
  select * into m from messages.message x where x.id = w.id and w.agency in (x.agency, x.addressee)
    for update;
  if not found then
    return query select 'absent', null::timestamptz;
  elsif m.agency <> w.agency or not (m.author = w.actor or w.is_supervisor) then
    return query select 'not_author', null::timestamptz;
  elsif m.retracted_at is not null then
    return query select 'retracted', m.retracted_at;
  else
    update messages.message x set ciphertext = '', wrapped_key = null, retracted_at = clock_timestamp()
    where x.id = w.id returning x.* into m;
    update messages.attachment a set ciphertext = '', wrapped_key = null where a.message = w.id;
    insert into journal.entry (type, agency, actor, concerned, subject, object, categories, data)
    values ('messages.message.retracted.v1', w.agency, w.actor, array[m.agency, m.addressee], m.case_id,
      m.id, array[m.category], jsonb_build_object('referral', m.referral));
    return query select 'ok', m.retracted_at;
  end if;
end $$;
--> statement-breakpoint
-- Forgets images that were uploaded before a moment and never sent. rows: [{before}].
create function messages.forget_unsent(p_rows jsonb) returns table (gone int)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with removed as (
    delete from messages.attachment x
    where x.message is null and x.at < (p_rows -> 0 ->> 'before')::timestamptz returning x.id
  ), unread as (
    delete from messages.access c using removed where c.attachment = removed.id
  )
  select count(*)::int from removed
$$;
--> statement-breakpoint
-- Erases what was written about a survivor, images and receipts too. Called by audit.erase() alone.
create function messages.erase_content(p_case uuid) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  words int;
  images int;
begin
  -- Messages first, as messages.retract does.
  perform from messages.message m where m.case_id = p_case order by m.id for update;
  delete from messages.access c using messages.message m where m.id = c.message and m.case_id = p_case;
  delete from messages.access c using messages.attachment x
  where x.id = c.attachment and x.case_id = p_case;
  delete from messages.attachment where case_id = p_case;
  get diagnostics images = row_count;
  delete from messages.message where case_id = p_case;
  get diagnostics words = row_count;
  return words + images;
end $$;
revoke all on function messages.erase_content(uuid) from public;
--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['attach(jsonb)', 'send(jsonb)',
    'list_of(uuid, uuid, uuid, uuid, uuid, int)', 'open_access(jsonb)', 'read_payload(jsonb)',
    'retract(jsonb)', 'forget_unsent(jsonb)'] loop
    execute format('revoke all on function messages.%s from public', name);
    execute format('grant execute on function messages.%s to titian_messages', name);
  end loop;
end $$;
