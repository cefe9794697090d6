-- Erases what a survivor stated, and ends what followed from it: without her words nothing may be sent.
-- That something was withdrawn, and who has to stop, stays until it is answered. Called by audit.erase()
-- alone.
create function consent.erase_content(p_case uuid) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  erased int;
begin
  perform consent.hold_grants_of(p_case);
  delete from consent.statement_copy c using consent.statement s
   where s.id = c.statement and s.version = c.version and s.case_id = p_case;
  delete from consent.statement where case_id = p_case;
  get diagnostics erased = row_count;
  update consent.grant set status = 'revoked', ended_at = coalesce(ended_at, clock_timestamp()),
    statement_digest = null, categories = '{}', sensitive = '{}', version = version + 1,
    legal_reference = case when legal_reference is not null then 'erased' end
   where case_id = p_case;
  update consent.withdrawal set category = null where case_id = p_case;
  update consent.stop_order set legal_reference = 'erased'
   where case_id = p_case and legal_reference is not null;
  return erased;
end $$;
revoke all on function consent.erase_content(uuid) from public;
