import type { JSX } from 'preact'
import type { PlaceSight } from '../place-sight.ts'
import { Pill } from './pill.tsx'
import { useWords } from './words.ts'

/** What is free of each unit, when that was counted, and what the count is worth by now. */
export const Places = ({ places }: { readonly places: readonly PlaceSight[] }): JSX.Element => {
  const t = useWords()
  return (
    <>
      {places.map(({ place, asOf, look, worth }) => (
        <p key={place.unit} class="card-facts">
          <b>
            {t('place.free', {
              free: place.free,
              maximum: place.maximum,
              unit: t(`unit.${place.unit}`),
            })}
          </b>
          {place.held > 0 && ` · ${t('place.held', { held: place.held })}`}
          <br />
          <Pill
            look={look}
            icon="clock"
            text={t(`place.${place.freshness_state}`, { worth })}
          />{' '}
          <span class="small">{t('place.as_of', { at: asOf })}</span>
        </p>
      ))}
    </>
  )
}
