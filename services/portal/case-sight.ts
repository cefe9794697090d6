import type { Static } from 'typebox'
import { HubError } from '../../src/client/http.ts'
import type { CaseRead, StageRead } from '../../src/contracts/case.ts'
import { STAGES, type Stage, type StageState } from '../../src/contracts/codes.ts'
import type { ConsentPage, GrantRead } from '../../src/contracts/consent.ts'
import type { Referral, ReferralPage } from '../../src/contracts/referral.ts'
import { cardOf } from './cards.ts'
import { pathwaySight, returnSights, type PathwaySight, type ReturnSight } from './pathway-sight.ts'
import type { CardItem } from './parts/card.tsx'
import type { SignedVisit } from './visit.ts'
import { languageName } from './names.ts'

export interface GrantSight {
  readonly grant: GrantRead
  readonly recipient: string
  readonly until: string
  readonly isActive: boolean
}

export interface StageSight {
  readonly stage: Stage
  readonly state: StageState
  /** Why it is not needed, in words. */
  readonly reason: string | null
  /** When to ask again, after the survivor did not want it. */
  readonly again: string | null
  readonly since: string | null
  /** Referrals of this stage, the newest first. */
  readonly referrals: readonly CardItem[]
}

/** Everything that the page of a case shows. */
export interface CaseSight {
  readonly record: CaseRead
  readonly area: string
  readonly languages: string
  readonly stages: readonly StageSight[]
  readonly others: readonly CardItem[]
  readonly grants: readonly GrantSight[]
  readonly pathway: PathwaySight
  readonly returns: readonly ReturnSight[]
  /** The day; empty while it is open. */
  readonly closedOn: string
}

export const readCase = (visit: SignedVisit, id: string): Promise<CaseRead> =>
  visit.api.get<CaseRead>(`/v1/cases/${id}`)

export const grantsOf = async (visit: SignedVisit, id: string): Promise<readonly GrantSight[]> => {
  const page = await visit.api.get<Static<typeof ConsentPage>>(`/v1/consents?case=${id}`)
  const now = Date.now()
  return await Promise.all(
    page.grants.map(async (grant) => ({
      grant,
      recipient: await visit.names.agency(grant.recipient),
      until: visit.when.day(grant.ends_at),
      isActive: grant.status === 'active' && Date.parse(grant.ends_at) > now,
    })),
  )
}

const referralsOf = async (visit: SignedVisit, id: string): Promise<readonly Referral[]> => {
  const path = `/v1/referrals?side=sender&case=${id}&limit=100`
  try {
    return (await visit.api.get<Static<typeof ReferralPage>>(path)).items
  } catch (error) {
    if (error instanceof HubError && error.status === 403) return []
    throw error
  }
}

const stageOf = (
  visit: SignedVisit,
  stage: Stage,
  row: StageRead | undefined,
  referrals: readonly CardItem[],
): StageSight => ({
  stage,
  state: row?.state ?? 'not_assessed',
  reason: row === undefined || row.reason === null ? null : visit.t(`stage.reason.${row.reason}`),
  again: row === undefined || row.ask_again_on === null ? null : visit.when.day(row.ask_again_on),
  since: row === undefined ? null : visit.when.day(row.since),
  referrals: referrals.filter(({ purpose }) => purpose === stage),
})

export const caseSightOf = async (visit: SignedVisit, record: CaseRead): Promise<CaseSight> => {
  const [rows, grants, pathway] = await Promise.all([
    referralsOf(visit, record.id),
    grantsOf(visit, record.id),
    pathwaySight(visit, record.id),
  ])
  const closedAt = pathway.pathway.closed_at
  const referrals = await Promise.all(rows.map((row) => cardOf(visit, row)))
  return {
    record,
    area: visit.names.area(record.district),
    languages: record.languages.map((code) => languageName(visit.language, code)).join(', '),
    stages: STAGES.map((stage) =>
      stageOf(
        visit,
        stage,
        record.stages.find((row) => row.stage === stage),
        referrals,
      ),
    ),
    others: referrals.filter(({ purpose }) => !(STAGES as readonly string[]).includes(purpose)),
    grants,
    pathway,
    returns: returnSights(visit, record),
    closedOn: closedAt === null ? '' : visit.when.day(closedAt),
  }
}
