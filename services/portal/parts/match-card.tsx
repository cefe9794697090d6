import type { JSX } from 'preact'
import type { MatchSight } from '../match-sight.ts'
import { PostForm } from './fields.tsx'
import { Places } from './places.tsx'
import { useWords } from './words.ts'

/** Why a service is where it is: each reason with its points. */
const Reasons = ({ sight }: { readonly sight: MatchSight }): JSX.Element => {
  const t = useWords()
  const { score, of } = sight.match
  return (
    <>
      <h3>{t('match.score', { score, of })}</h3>
      <dl class="reasons">
        {sight.reasons.map(({ criterion, text, points, of: most }) => (
          <div key={criterion}>
            <dt>{t(`match.${criterion}`)}</dt>
            <dd>{text}</dd>
            <dd class="tabular">{t('match.points', { points, of: most })}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

/** Enough to choose by; where a confidential agency is stands nowhere. */
export const MatchCard = ({ sight }: { readonly sight: MatchSight }): JSX.Element => {
  const t = useWords()
  const { service } = sight.match
  return (
    <li class="card">
      <h2>
        <a href={`/directory/services/${service.id}`}>{sight.name}</a>
      </h2>
      <p class="card-facts">
        {sight.agency} · {sight.areas}
      </p>
      {sight.summary !== '' && <p class="card-facts">{sight.summary}</p>}
      <Places places={sight.places} />
      <Reasons sight={sight} />
      <PostForm action="/send/service">
        <input type="hidden" name="service" value={service.id} />
        <div class="actions">
          <button class="button main">
            {t('send.choose')}
            <span class="hidden-words"> {sight.name}</span>
          </button>
        </div>
      </PostForm>
    </li>
  )
}
