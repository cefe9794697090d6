-- The ledger: every journal entry in its final order, as leaves of a Merkle tree (RFC 6962), with a
-- gap-free number for each agency that an entry concerns.
-- Rows are only ever added. What tells about people stands apart, in audit.disclosure.
create schema audit;
--> statement-breakpoint
create table audit.leaf (
  position bigint primary key check (position >= 0),
  leaf text not null,
  -- SHA-256(0x00 || leaf).
  hash bytea not null check (octet_length(hash) = 32)
);
--> statement-breakpoint
-- What the digests of a leaf stand for. Erasing a person sets `secret` and the columns that tell
-- about the person to null: every leaf, number and proof stays as it is.
create table audit.disclosure (
  position bigint primary key references audit.leaf (position),
  entry uuid not null unique,
  at timestamptz not null,
  type text not null,
  outcome text not null,
  -- The agency of whoever acted.
  agency uuid,
  actor text,
  subject uuid,
  object uuid,
  purpose text,
  categories text[],
  reason text,
  data jsonb,
  -- Agencies in whose feed the entry is, and its number in each, in the same order.
  concerned uuid[] not null,
  numbers bigint[] not null check (cardinality(numbers) = cardinality(concerned)),
  -- The case as each of them knows it, in the same order.
  names text[] check (cardinality(names) = cardinality(concerned)),
  -- Salts derive from it. 32 random bytes of this entry alone.
  secret bytea check (octet_length(secret) = 32),
  -- Salts of the numbers, which outlive an erasure: they tell nothing of a person.
  number_secret bytea not null check (octet_length(number_secret) = 32)
);
--> statement-breakpoint
create index disclosure_subject on audit.disclosure (subject) where subject is not null;
create index disclosure_object on audit.disclosure (object) where object is not null;
--> statement-breakpoint
-- Which case an agency means: the owner by its id, each other agency by a pseudonym of its own.
create table audit.name (
  agency uuid not null,
  name text not null,
  subject uuid not null,
  primary key (agency, name)
);
create index name_subject on audit.name (subject);
--> statement-breakpoint
create table audit.feed (
  agency uuid not null,
  n bigint not null check (n > 0),
  -- An erased entry keeps its row, and so its number.
  position bigint not null references audit.disclosure (position),
  primary key (agency, n)
);
--> statement-breakpoint
create table audit.feed_head (
  agency uuid primary key,
  n bigint not null,
  -- Each feed is a tree of its own over the same leaf hashes: the roots of its complete subtrees.
  roots bytea not null
);
--> statement-breakpoint
-- Heads of feeds, signed once a day: what an agency keeps, to see later that nothing was left out.
create table audit.feed_checkpoint (
  agency uuid not null,
  n bigint not null,
  -- C2SP signed note.
  note text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (agency, n)
);
--> statement-breakpoint
-- Full tiles of C2SP tlog-tiles: 256 hashes of one level, and the root over them.
create table audit.tile (
  level smallint not null,
  index bigint not null,
  hashes bytea not null check (octet_length(hashes) = 8192),
  root bytea not null check (octet_length(root) = 32),
  primary key (level, index)
);
--> statement-breakpoint
create table audit.checkpoint (
  size bigint primary key,
  root bytea not null check (octet_length(root) = 32),
  -- C2SP signed note.
  note text not null,
  at timestamptz not null default clock_timestamp()
);
create index checkpoint_at on audit.checkpoint (at);
--> statement-breakpoint
-- The newest heads that witnesses cosigned, each with its cosignatures.
create table audit.witnessed (
  size bigint primary key,
  -- C2SP signed note.
  note text not null,
  -- Whether the cosignatures are as many as the hub's own policy asks for.
  is_quorum boolean not null,
  at timestamptz not null default clock_timestamp()
);
--> statement-breakpoint
-- What is known of each witness, by its name in the hub's policy.
create table audit.witness (
  name text primary key,
  -- Size of the last head that it cosigned; 0: none.
  size bigint not null default 0,
  cosigned_at timestamptz,
  tried_at timestamptz not null default clock_timestamp(),
  -- Why the last try brought no cosignature; null when it did.
  failure text
);
--> statement-breakpoint
-- How every time is written, in leaves, feeds and messages: UTC, milliseconds, nothing rounded up.
create function audit.written(at timestamptz) returns text language sql stable
  set search_path = pg_catalog, pg_temp
  as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
--> statement-breakpoint
-- What waits for its place: the lowest entries of the journal that are committed.
-- In: [{"limit": 500}]. `heads` has the feed of each agency concerned; absent means it is empty.
create function audit.staged(rows jsonb)
returns table (
  i int,
  seq bigint,
  id uuid,
  at text,
  type text,
  outcome text,
  agency uuid,
  actor text,
  subject uuid,
  object uuid,
  purpose text,
  categories text[],
  reason text,
  data jsonb,
  concerned uuid[],
  owner uuid,
  heads jsonb
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select (row_number() over (order by entry.seq))::int - 1, entry.seq, entry.id,
         audit.written(entry.at), entry.type, entry.outcome, entry.agency, entry.actor,
         entry.subject, entry.object, entry.purpose, entry.categories, entry.reason, entry.data,
         entry.concerned, cases.owner_of(entry.subject),
         (select jsonb_object_agg(head.agency,
                   jsonb_build_object('n', head.n, 'roots', encode(head.roots, 'base64')))
            from audit.feed_head head where head.agency = any(entry.concerned))
    from journal.entry
   order by entry.seq
   limit (rows -> 0 ->> 'limit')::int
$$;
--> statement-breakpoint
-- Moves entries from the journal into the ledger, in one transaction with their numbers, tiles and
-- the checkpoint over them. In: one batch
-- [{"entries": [{"position", "seq", "leaf", "hash", "secret", "number_secret", "concerned": [], "numbers": [],
--   "names": []}], "feeds": [{"agency", "n", "roots"}],
--   "tiles": [{"level", "index", "hashes", "root"}], "checkpoint": {"size", "root", "note"}}],
-- bytes in base64. Fails, and changes nothing, when an entry is not in the journal, or when its
-- position or number is taken: a ledger that is not alone cannot write.
create function audit.place(rows jsonb) returns table (i int, size bigint)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  entries jsonb := rows -> 0 -> 'entries';
  seqs bigint[] := array(select (item ->> 'seq')::bigint from jsonb_array_elements(entries) item);
  moved int;
begin
  with placed as materialized (
    select * from jsonb_to_recordset(entries) as item (
      position bigint, seq bigint, leaf text, hash text, secret text, number_secret text,
      concerned uuid[], numbers bigint[], names text[])
  ), taken as (
    delete from journal.entry where seq = any(seqs) returning *
  ), leaves as (
    insert into audit.leaf (position, leaf, hash)
    select position, leaf, decode(hash, 'base64') from placed
  ), disclosures as (
    insert into audit.disclosure (position, entry, at, type, outcome, agency, actor, subject, object,
      purpose, categories, reason, data, concerned, numbers, names, secret, number_secret)
    select placed.position, taken.id, taken.at, taken.type, taken.outcome, taken.agency, taken.actor,
           taken.subject, taken.object, taken.purpose, taken.categories, taken.reason, taken.data,
           placed.concerned, placed.numbers, placed.names, decode(placed.secret, 'base64'),
           decode(placed.number_secret, 'base64')
      from placed join taken using (seq)
    returning position
  ), names as (
    insert into audit.name (agency, name, subject)
    select distinct known.agency, known.name, taken.subject
      from placed join taken using (seq),
           unnest(placed.concerned, placed.names) as known (agency, name)
     where known.name is not null
    on conflict do nothing
  ), numbered as (
    select placed.position, feed.agency, feed.n
      from placed, unnest(placed.concerned, placed.numbers) as feed (agency, n)
  ), feeds as (
    insert into audit.feed (agency, n, position) select agency, n, position from numbered
  ), heads as (
    insert into audit.feed_head (agency, n, roots)
    select agency, n, decode(roots, 'base64')
      from jsonb_to_recordset(rows -> 0 -> 'feeds') as item (agency uuid, n bigint, roots text)
    on conflict (agency) do update set n = excluded.n, roots = excluded.roots
  ), tiles as (
    insert into audit.tile (level, index, hashes, root)
    select level, index, decode(hashes, 'base64'), decode(root, 'base64')
      from jsonb_to_recordset(rows -> 0 -> 'tiles') as item (
        level smallint, index bigint, hashes text, root text)
  ), checkpoints as (
    insert into audit.checkpoint (size, root, note)
    select item.size, decode(item.root, 'base64'), item.note
      from jsonb_to_record(rows -> 0 -> 'checkpoint') as item (size bigint, root text, note text)
  )
  select count(*) into moved from disclosures;
  if moved <> cardinality(seqs) then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = 'the journal does not hold what was to be placed';
  end if;
  return query select 0, (rows -> 0 -> 'checkpoint' ->> 'size')::bigint;
end $$;
--> statement-breakpoint
-- The size of the tree, and its size `age_ms` ago: what came since then, a stream that was lost has
-- to get again. In: [{"age_ms": 604800000}].
create function audit.extent(rows jsonb) returns table (i int, old_size bigint, size bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select 0,
         coalesce((select max(size) from audit.checkpoint where at <
           clock_timestamp() - (rows -> 0 ->> 'age_ms')::bigint * interval '1 millisecond'), 0),
         coalesce((select max(size) from audit.checkpoint), 0)
$$;
--> statement-breakpoint
-- What is to be published, in order. In: [{"from": 0, "limit": 500}].
create function audit.announced(rows jsonb)
returns table (
  i int,
  place bigint,
  entry uuid,
  at text,
  type text,
  outcome text,
  agency uuid,
  subject uuid,
  object uuid,
  purpose text,
  reason text,
  data jsonb,
  concerned uuid[],
  numbers bigint[]
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select (row_number() over (order by position))::int - 1, position, entry, audit.written(at), type,
         outcome, agency, subject, object, purpose, reason, coalesce(data, '{}'), concerned, numbers
    from audit.disclosure
   where position >= (rows -> 0 ->> 'from')::bigint
   order by position
   limit (rows -> 0 ->> 'limit')::int
$$;
--> statement-breakpoint
-- One agency's feed after number `after`, in order; `id` is the journal entry. Empty unless the
-- transaction acts for that agency or for the hub.
create function audit.read_feed(agency uuid, after bigint, max_items int)
returns table (
  n bigint,
  type text,
  id uuid,
  at text,
  outcome text,
  actor_agency uuid,
  object uuid,
  data jsonb
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select feed.n, disclosure.type, disclosure.entry, audit.written(disclosure.at),
         disclosure.outcome, disclosure.agency, disclosure.object,
         coalesce(disclosure.data, '{}')
    from audit.feed join audit.disclosure using (position)
   where feed.agency = read_feed.agency and feed.n > read_feed.after
     and (read_feed.agency = any((select journal.agencies())::uuid[])
          or (select journal.actor()) = 'hub')
   order by feed.n
   limit read_feed.max_items
$$;
--> statement-breakpoint
-- Feeds that have grown since a head of theirs was last signed, unless that was under `age_ms` ago.
-- In: [{"age_ms": 86400000, "limit": 100}].
create function audit.unsigned_feeds(rows jsonb) returns table (i int, agency uuid, n bigint, roots bytea)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select (row_number() over (order by head.agency))::int - 1, head.agency, head.n, head.roots
    from audit.feed_head head
    left join lateral (
      select signed.n, signed.at from audit.feed_checkpoint signed
       where signed.agency = head.agency order by signed.n desc limit 1) last on true
   where last.n is null or (last.n < head.n and last.at <
     clock_timestamp() - (rows -> 0 ->> 'age_ms')::bigint * interval '1 millisecond')
   limit (rows -> 0 ->> 'limit')::int
$$;
--> statement-breakpoint
-- Keeps signed heads of feeds. In: [{"i", "agency", "n", "note"}].
create function audit.keep_feed_checkpoints(rows jsonb) returns table (i int)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with kept as (
    insert into audit.feed_checkpoint (agency, n, note)
    select agency, n, note
      from jsonb_to_recordset(rows) as item (agency uuid, n bigint, note text)
    on conflict do nothing
  )
  select item.i from jsonb_to_recordset(rows) as item (i int)
$$;
--> statement-breakpoint
-- Whom an entry concerns, and under which number each of them has it.
create function audit.concerned(place bigint) returns table (agency uuid, n bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select feed.agency, feed.n
    from audit.disclosure, unnest(disclosure.concerned, disclosure.numbers) as feed (agency, n)
   where disclosure.position = place
$$;
--> statement-breakpoint
-- Keeps what a round of witnesses brought; the last 1,000 witnessed heads stay.
-- In: [{"size", "note", "is_quorum", "witnesses": [{"name", "size", "failure"}]}]; `note` is null when
-- nobody cosigned; a witness's `size` is null when it did not.
create function audit.keep_witnessed(rows jsonb) returns table (i int)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  with head as (
    insert into audit.witnessed (size, note, is_quorum)
    select (round ->> 'size')::bigint, round ->> 'note', (round ->> 'is_quorum')::boolean
      from jsonb_array_elements(rows) round where round ->> 'note' is not null
    on conflict (size) do update set note = excluded.note, is_quorum = excluded.is_quorum,
      at = excluded.at
  ), told as (
    insert into audit.witness as known (name, size, cosigned_at, failure)
    select item.name, coalesce(item.size, 0),
           case when item.size is not null then clock_timestamp() end, item.failure
      from jsonb_array_elements(rows) round,
           jsonb_to_recordset(round -> 'witnesses') as item (name text, size bigint, failure text)
    on conflict (name) do update set size = case when excluded.cosigned_at is null then known.size else excluded.size end,
      cosigned_at = coalesce(excluded.cosigned_at, known.cosigned_at),
      tried_at = excluded.tried_at, failure = excluded.failure
  ), swept as (
    delete from audit.witnessed where size < (
      select min(size) from (select size from audit.witnessed order by size desc limit 1000) newest)
  )
  select 0
$$;
--> statement-breakpoint
-- The last number of each agency's feed. In: [{"i": 0, "agency": "<uuid>"}].
create function audit.feed_heads(rows jsonb) returns table (i int, n bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select asked.i, coalesce(head.n, 0)
    from jsonb_to_recordset(rows) as asked (i int, agency uuid)
    left join audit.feed_head head on head.agency = asked.agency
$$;
--> statement-breakpoint
alter table audit.leaf enable row level security;
alter table audit.leaf force row level security;
create policy owner on audit.leaf to titian_owner using (true) with check (true);
create policy read on audit.leaf for select to titian_audit
  using ((select journal.actor()) is not null);

alter table audit.tile enable row level security;
alter table audit.tile force row level security;
create policy owner on audit.tile to titian_owner using (true) with check (true);
create policy read on audit.tile for select to titian_audit
  using ((select journal.actor()) is not null);

alter table audit.checkpoint enable row level security;
alter table audit.checkpoint force row level security;
create policy owner on audit.checkpoint to titian_owner using (true) with check (true);
create policy read on audit.checkpoint for select to titian_audit
  using ((select journal.actor()) is not null);

alter table audit.disclosure enable row level security;
alter table audit.disclosure force row level security;
create policy owner on audit.disclosure to titian_owner using (true) with check (true);
create policy read_concerned on audit.disclosure for select to titian_audit
  using (concerned && (select journal.agencies()));

alter table audit.name enable row level security;
alter table audit.name force row level security;
create policy owner on audit.name to titian_owner using (true) with check (true);
create policy read_own on audit.name for select to titian_audit
  using (agency = any((select journal.agencies())::uuid[]));

alter table audit.feed enable row level security;
alter table audit.feed force row level security;
create policy owner on audit.feed to titian_owner using (true) with check (true);
create policy read_own on audit.feed for select to titian_audit
  using (agency = any((select journal.agencies())::uuid[]));

alter table audit.witnessed enable row level security;
alter table audit.witnessed force row level security;
create policy owner on audit.witnessed to titian_owner using (true) with check (true);
create policy read on audit.witnessed for select to titian_audit
  using ((select journal.actor()) is not null);

alter table audit.witness enable row level security;
alter table audit.witness force row level security;
create policy owner on audit.witness to titian_owner using (true) with check (true);
create policy read on audit.witness for select to titian_audit
  using ((select journal.actor()) is not null);

alter table audit.feed_checkpoint enable row level security;
alter table audit.feed_checkpoint force row level security;
create policy owner on audit.feed_checkpoint to titian_owner using (true) with check (true);
create policy read_own on audit.feed_checkpoint for select to titian_audit
  using (agency = any((select journal.agencies())::uuid[]));

alter table audit.feed_head enable row level security;
alter table audit.feed_head force row level security;
create policy owner on audit.feed_head to titian_owner using (true) with check (true);
create policy read_own on audit.feed_head for select to titian_audit
  using (agency = any((select journal.agencies())::uuid[]));
--> statement-breakpoint
-- The ledger writes through audit.place alone; its login role may read and no more.
grant usage on schema audit to titian_audit, titian_notifications;
grant select on all tables in schema audit to titian_audit;
revoke execute on all functions in schema audit from public;
grant execute on function audit.written(timestamptz), audit.staged(jsonb), audit.place(jsonb),
  audit.extent(jsonb), audit.announced(jsonb), audit.unsigned_feeds(jsonb),
  audit.keep_feed_checkpoints(jsonb), audit.keep_witnessed(jsonb) to titian_audit;
grant execute on function audit.read_feed(uuid, bigint, int), audit.feed_heads(jsonb),
  audit.concerned(bigint) to titian_audit, titian_notifications;
