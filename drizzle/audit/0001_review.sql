-- Reviewing the trail: what was looked at, what actors were asked, and the rules of unusual access.
create table audit.review (
  agency uuid not null,
  n bigint not null check (n > 0),
  verdict text not null check (verdict in ('reviewed', 'reason_asked')),
  reviewer text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (agency, n)
);
--> statement-breakpoint
-- A reason that a reviewer asked an actor for. The words are sealed and bound to the question's id.
create table audit.question (
  id uuid primary key,
  agency uuid not null,
  n bigint not null,
  entry uuid not null,
  actor text not null,
  asked_by text not null,
  asked_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  ciphertext bytea,
  wrapped_key bytea,
  unique (agency, n)
);
create index question_agency on audit.question (agency, id desc);
create index question_actor on audit.question (actor, id desc);
--> statement-breakpoint
-- What an agency changed of a rule; without a row the defaults of the code hold.
create table audit.rule (
  agency uuid not null,
  name text not null,
  is_on boolean not null,
  settings jsonb not null,
  version int not null default 1,
  changed_by text not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (agency, name)
);
--> statement-breakpoint
create index disclosure_actor on audit.disclosure (agency, actor, position);
create index disclosure_unusual on audit.disclosure (agency, at)
  where outcome = 'refused' or type in ('cases.data.opened.v1', 'referrals.package.opened.v1',
    'referrals.break_glass.approved.v1', 'referrals.break_glass.opened.v1');
-- The same of others, for cases of one's own.
create index disclosure_glass on audit.disclosure (at)
  where type in ('referrals.break_glass.approved.v1', 'referrals.break_glass.opened.v1');
--> statement-breakpoint
alter table audit.review enable row level security;
alter table audit.review force row level security;
create policy owner on audit.review to titian_owner using (true) with check (true);
create policy own on audit.review to titian_audit
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));

alter table audit.question enable row level security;
alter table audit.question force row level security;
create policy owner on audit.question to titian_owner using (true) with check (true);
create policy own on audit.question to titian_audit
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));

alter table audit.rule enable row level security;
alter table audit.rule force row level security;
create policy owner on audit.rule to titian_owner using (true) with check (true);
create policy own on audit.rule to titian_audit
  using (agency = any((select journal.agencies())::uuid[]))
  with check (agency = any((select journal.agencies())::uuid[]));
--> statement-breakpoint
grant select, insert, update on audit.review, audit.question, audit.rule to titian_audit;
grant usage on schema directory to titian_audit;
grant execute on function directory.agency_names(jsonb) to titian_audit;
