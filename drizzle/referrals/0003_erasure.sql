-- Erases what the hand-offs of a case carried and said: packages, notes, facts and the answers from which
-- their permits are signed. Who asked whom, when and how it ended stays. Called by audit.erase() alone.
create function referrals.erase_content(p_case uuid) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  own uuid[] := array(select id from referrals.referral where case_id = p_case order by id for update);
  packages int;
  notes int;
begin
  update referrals.package set ciphertext = '', wrapped_key = null
   where referral_id = any(own) and wrapped_key is not null;
  get diagnostics packages = row_count;
  update referrals.note set ciphertext = '', wrapped_key = null, codes = null
   where referral_id = any(own) and (wrapped_key is not null or codes is not null);
  get diagnostics notes = row_count;
  update referrals.break_glass set ciphertext = '', wrapped_key = null, categories = '{}', reason = null,
    review_ciphertext = null, review_key = null
   where case_id = p_case;
  delete from referrals.access where referral_id = any(own);
  delete from referrals.proof where referral_id = any(own);
  update referrals.referral set age_band = 'unknown', district = null, languages = '{}', needs = '{}',
    reason = null, suggested = null, next_step = null, no_next_step = null,
    feedback = null
   where id = any(own);
  return packages + notes;
end $$;
revoke all on function referrals.erase_content(uuid) from public;
