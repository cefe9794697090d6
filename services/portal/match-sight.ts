import type { Static } from 'typebox'
import type { CaseRead } from '../../src/contracts/case.ts'
import type { Purpose } from '../../src/contracts/codes.ts'
import type { Match, MatchPage } from '../../src/contracts/matching.ts'
import type { SendDraft } from './draft-cookie.ts'
import { placeSight, type PlaceSight } from './place-sight.ts'
import type { SignedVisit } from './visit.ts'
import { serviceWords } from './directory-sight.ts'

/** A service that can take this, in words. */
export interface MatchSight {
  readonly match: Match
  readonly name: string
  readonly agency: string
  readonly summary: string
  readonly areas: string
  readonly reasons: readonly {
    readonly criterion: Match['reasons'][number]['criterion']
    readonly text: string
    readonly points: number
    readonly of: number
  }[]
  readonly places: readonly PlaceSight[]
}

interface Asked {
  readonly record: CaseRead
  readonly draft: SendDraft
  readonly purpose: Purpose
  /** Where it must be; null: anywhere. */
  readonly near: string | null
  readonly after: string | undefined
}

const sightOf = (visit: SignedVisit, match: Match): MatchSight => ({
  match,
  ...serviceWords(visit, match.service),
  reasons: match.reasons.map((reason) => ({ ...reason, text: reason.text[visit.language] })),
  places: match.capacity.map((row) => placeSight(visit, row)),
})

/** Asks by what the envelope of a send would say, and the case, so that its do-not-send list holds. */
export const matchesFor = async (
  visit: SignedVisit,
  { record, draft, purpose, near, after }: Asked,
): Promise<{ readonly matches: readonly MatchSight[]; readonly next: string | null }> => {
  const { urgency, gender } = draft
  const question = {
    stage: purpose,
    case: record.id,
    needs: record.needs,
    languages: record.languages.slice(0, 10),
    ...(record.age_band === 'unknown' ? {} : { age_band: record.age_band }),
    ...(near === null ? {} : { area: near }),
    ...(urgency === undefined ? {} : { urgency }),
    ...(gender === undefined ? {} : { gender }),
    ...(after === undefined ? {} : { after }),
    limit: 10,
  }
  const found = await visit.api.post<Static<typeof MatchPage>>('/v1/directory/matches', question)
  return { matches: found.items.map((match) => sightOf(visit, match)), next: found.next }
}
