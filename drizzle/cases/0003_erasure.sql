-- Erases what is said of a survivor: sealed data (no wrapped key, no box), what people recorded, what was
-- wished and judged, and the facts of the case itself. The row stays, without a fact and under another
-- reference, for the agencies' counts. Called by audit.erase() alone.
create function cases.erase_content(p_case uuid) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  erased int;
  boxes int;
  twin record;
begin
  -- Before anything of it, as whoever changes a case does.
  perform from cases.case_record where id = p_case for update;
  update cases.datum set ciphertext = '', wrapped_key = null
   where case_id = p_case and wrapped_key is not null;
  get diagnostics erased = row_count;
  delete from cases.entry_access a using cases.entry e where e.id = a.entry and e.case_id = p_case;
  delete from cases.entry_box b using cases.entry e where e.id = b.entry and e.case_id = p_case;
  get diagnostics boxes = row_count;
  delete from cases.entry where case_id = p_case;
  delete from cases.own_wish where case_id = p_case;
  delete from cases.risk_assessment where case_id = p_case;
  delete from cases.stage where case_id = p_case;
  delete from cases.do_not_send where case_id = p_case;
  delete from cases.entrusted where case_id = p_case;
  delete from cases.gap where case_id = p_case;
  delete from cases.access where case_id = p_case;
  update cases.import_row set report = null, report_key = null where case_id = p_case;
  -- The same row of another file that waits says the same of the survivor.
  for twin in
    update cases.import_row r set report = null, report_key = null,
      state = case when r.state = 'ready' then 'dropped' else r.state end
    from cases.import_landed l
    where l.case_id = p_case and r.agency = l.agency and r.row_key = l.row_key
    returning r.import, r.n
  loop
    delete from cases.import_box b where b.import = twin.import and b.n = twin.n;
  end loop;
  update cases.referral_fact set close_reason = null, end_reason = null where case_id = p_case;
  update cases.pathway set manager = null, close_reason = null, due_at = null where case_id = p_case;
  update cases.case_record set age_band = 'unknown', district = null, languages = '{}', needs = '{}',
    reference = upper(substr(gen_random_uuid()::text, 1, 4) || '-' || substr(gen_random_uuid()::text, 1, 4)),
    version = version + 1, changed_at = clock_timestamp()
   where id = p_case;
  return erased + boxes;
end $$;
revoke all on function cases.erase_content(uuid) from public;
