-- Work that is to happen at an instant. A row is one firing: it happens once, in the transaction
-- that marks it, and its key keeps it from ever happening again.
create table journal.timer (
  -- `<service>.<what>`: whose work it is.
  name text not null,
  -- What it is about, in the words of its service; ids and codes only.
  key text not null,
  -- The instant it is meant for, however late it fires.
  due timestamptz not null,
  -- When it is tried next: `due`, and later after a failure.
  try_at timestamptz not null,
  tries int not null default 0,
  data jsonb not null default '{}',
  fired_at timestamptz,
  primary key (name, key)
);
--> statement-breakpoint
create index timer_waiting on journal.timer (name, try_at) where fired_at is null;
create index timer_fired on journal.timer (fired_at) where fired_at is not null;
--> statement-breakpoint
alter table journal.timer enable row level security;
alter table journal.timer force row level security;
create policy owner on journal.timer to titian_owner using (true) with check (true);
-- A login role sees the timers of its own service.
create policy own on journal.timer
  using (current_user = 'titian_' || split_part(name, '.', 1))
  with check (current_user = 'titian_' || split_part(name, '.', 1));
grant select, insert, update, delete on journal.timer to titian_identity, titian_directory,
  titian_cases, titian_consent, titian_referrals, titian_messages, titian_notifications, titian_audit;
