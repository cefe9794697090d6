import type { JSX } from 'preact'
import type { ReferralPlace } from '../referral-place.ts'
import { Banner } from './blocks.tsx'
import { PostForm } from './fields.tsx'
import { Places } from './places.tsx'
import { useWords } from './words.ts'

/** What the service has left, and one place kept while it is decided. */
export const PlaceOfReferral = (given: {
  readonly id: string
  readonly place: ReferralPlace
}): JSX.Element => {
  const { id, place } = given
  const t = useWords()
  const { heldUntil } = place
  return (
    <section aria-labelledby="place">
      <h2 id="place">{t('place.title')}</h2>
      <Places places={place.places} />
      {heldUntil !== null && (
        <Banner look="good" icon="check">
          <p>{t('hold.held', { at: heldUntil })}</p>
        </Banner>
      )}
      {(heldUntil !== null || place.mayHold) && (
        <PostForm action={`/referrals/${id}/place${heldUntil === null ? '' : '/release'}`}>
          <p>
            <button class="button">{t(heldUntil === null ? 'hold.do' : 'hold.release')}</button>
          </p>
        </PostForm>
      )}
    </section>
  )
}
