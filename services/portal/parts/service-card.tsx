import type { JSX } from 'preact'
import type { ServiceSight } from '../directory-sight.ts'
import { Pill } from './pill.tsx'
import { Places } from './places.tsx'
import { useWords } from './words.ts'

export const OpenPill = (given: { readonly isOpen: boolean; readonly isAlways?: boolean }) => {
  const t = useWords()
  if (given.isAlways === true) {
    return <Pill look="good" icon="check" text={t('directory.always')} />
  }
  return given.isOpen ? (
    <Pill look="good" icon="check" text={t('directory.open')} />
  ) : (
    <Pill look="quiet" icon="clock" text={t('directory.shut')} />
  )
}

export const ServiceCard = (given: {
  readonly sight: ServiceSight
  /** Whether the list is of many agencies. */
  readonly isNamed?: boolean
}): JSX.Element => {
  const { sight, isNamed = false } = given
  const t = useWords()
  const { service } = sight
  return (
    <li class="card">
      <div class="card-top">
        <Pill look="calm" icon="dot" text={t(`purpose.${service.stage}`)} />
        <OpenPill isOpen={service.open_now} isAlways={service.always_open} />
      </div>
      <h2>
        <a href={`/directory/services/${service.id}`}>{sight.name}</a>
      </h2>
      <p class="card-facts">
        {isNamed && `${sight.agency} · `}
        {sight.areas}
      </p>
      {sight.summary !== '' && <p class="card-facts">{sight.summary}</p>}
      <Places places={sight.places} />
    </li>
  )
}
