-- Erasing a survivor: what the trail says of them, the names by which it is found, what every schema has
-- of their case, and answers kept for repetitions. Leaves, numbers, tiles and proofs stay as they are.
-- A schema takes part by its function `erase_content(uuid)`, owned by titian_owner: it is found here, and
-- test/audit/erasure.test.ts demands that each table is either reached or named as holding nothing.
-- In: [{"i": 0, "subject", "agency"}]; `agency` MUST own the case; null is the hub itself, which erases
-- again what came later or was restored. `erased` is null when the agency does not own the case.
create function audit.erase(rows jsonb) returns table (i int, erased int)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  item record;
  part record;
  known uuid[];
begin
  for item in
    select asked.i, asked.subject, asked.agency
      from jsonb_to_recordset(rows) as asked (i int, subject uuid, agency uuid)
  loop
    i := item.i;
    erased := null;
    if item.agency is null or item.agency = cases.owner_of(item.subject) then
      -- What was refused has for its object what is of others, such as a service.
      known := array(select distinct told.id from audit.disclosure d, unnest(array[d.subject, d.object]) told (id)
        where d.subject = item.subject and d.outcome = 'ok' and told.id is not null) || item.subject;
      update audit.question question set ciphertext = null, wrapped_key = null
        from audit.disclosure disclosure
       where disclosure.subject = item.subject and disclosure.entry = question.entry;
      with gone as (
        update audit.disclosure set actor = null, subject = null, object = null, purpose = null,
          categories = null, reason = null, data = null, names = null, secret = null
         where subject = item.subject returning 1
      )
      select count(*)::int into erased from gone;
      delete from audit.name where subject = item.subject;
      -- In the order of all locks: grants, hand-offs, and the case last.
      for part in
        select namespace.nspname as name
          from pg_proc proc join pg_namespace namespace on namespace.oid = proc.pronamespace
         where proc.proname = 'erase_content' and proc.proargtypes::text = 'uuid'::regtype::oid::text
           and proc.proowner = 'titian_owner'::regrole
         order by namespace.nspname = 'cases', 1
      loop
        execute format('select %I.erase_content($1)', part.name) using item.subject;
      end loop;
      perform journal.forget_answers(known);
    end if;
    return next;
  end loop;
end $$;
revoke all on function audit.erase(jsonb) from public;
grant execute on function audit.erase(jsonb) to titian_audit;
--> statement-breakpoint
-- The cases that the trail knows, a page after `after`, in order: what was erased and came back with an
-- older backup is among them. In: [{"after": null, "limit": 1000}].
create function audit.known_subjects(rows jsonb) returns table (i int, subject uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select (row_number() over (order by known.subject))::int - 1, known.subject
    from (select distinct name.subject from audit.name
           where name.subject > coalesce((rows -> 0 ->> 'after')::uuid,
             '00000000-0000-0000-0000-000000000000')
           order by 1 limit (rows -> 0 ->> 'limit')::int) known
$$;
revoke all on function audit.known_subjects(jsonb) from public;
grant execute on function audit.known_subjects(jsonb) to titian_audit;
