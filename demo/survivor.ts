import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from 'typebox'
import type { CaseRead } from '../src/contracts/case.ts'
import type { AgeBand, Category, Need, Purpose } from '../src/contracts/codes.ts'
import type { RecordedStatement } from '../src/contracts/consent.ts'
import type { Player } from './cast.ts'
import type { DemoAgencyKey } from './network.ts'
import { note, step } from './tell.ts'

/** The case file: fictional, coded in HTCDS 2.0, grouped by data category. */
interface CaseFile {
  readonly age_band: AgeBand
  readonly district: string
  readonly languages: readonly string[]
  readonly needs: readonly Need[]
  readonly data: Readonly<Partial<Record<Category, object>>>
}

const FILE = JSON.parse(readFileSync(join(import.meta.dirname, 'case.json'), 'utf8')) as CaseFile

const NOTICE = {
  version: 'pemberitahuan-contoh-1',
  sha256: createHash('sha256').update('pemberitahuan-contoh-1').digest('hex'),
}

/** Identification at the shelter abroad: a pseudonymous case, and its data by category. */
export const identify = async (agency: Player): Promise<string> => {
  const { age_band, district, languages, needs, data } = FILE
  const opened = await step(`${agency.name} opens a case without a name`, () =>
    agency.api.post<CaseRead>('/v1/cases', {
      age_band,
      district,
      languages,
      needs,
      stages: ['shelter', 'health', 'psychosocial', 'legal', 'economic'].map((stage) => ({
        stage,
        state: 'needed',
      })),
    }),
  )
  note(`people will call it ${opened.reference}; the hub never learns more than agencies write`)
  const categories = Object.entries(data)
  await step(`… and writes ${categories.length} categories of HTCDS-coded data, each sealed`, () =>
    Promise.all(
      categories.map(([category, content]) =>
        agency.api.put(`/v1/cases/${opened.id}/data/${category}`, { data: content }),
      ),
    ),
  )
  await step('… and records her own wish to return, and the risk of returning', async () => {
    const purpose = 'repatriation'
    const path = `/v1/cases/${opened.id}`
    await agency.api.put(`${path}/own-wish`, { purpose, wish: 'wants_this' })
    await agency.api.put(`${path}/risk-assessment`, { purpose, risk: 'medium' })
  })
  return opened.id
}

interface Permission {
  readonly to: Player
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  /** Left out: what is received goes no further. */
  readonly onward?: 'with_new_consent'
}

/** What she agrees to abroad: one recipient, who may pass on what it receives when she says so again. */
export const permissionToReturn = (office: Player): Permission => ({
  to: office,
  purpose: 'repatriation',
  categories: ['identity', 'contact', 'documents', 'safety'],
  onward: 'with_new_consent',
})

/**
 * What she agrees to at home, each recipient, purpose and category named. The first is what the
 * agency there may have beside what came with her: until she says so, that stays sealed to its author.
 */
export const permissionsAtHome = (
  player: (key: DemoAgencyKey) => Player,
): readonly Permission[] => {
  const who: readonly Category[] = ['identity', 'contact']
  return [
    {
      to: player('repatriation'),
      purpose: 'assessment',
      categories: [
        'health_physical',
        'health_mental',
        'exploitation',
        'legal',
        'economic',
        'family',
      ],
      onward: 'with_new_consent',
    },
    { to: player('full_shelter'), purpose: 'shelter', categories: [...who] },
    { to: player('shelter'), purpose: 'shelter', categories: [...who, 'safety', 'family'] },
    { to: player('health'), purpose: 'health', categories: [...who, 'health_physical'] },
    {
      to: player('psychosocial'),
      purpose: 'psychosocial',
      categories: ['contact', 'health_mental'],
    },
    {
      to: player('legal_aid'),
      purpose: 'legal',
      categories: [...who, 'exploitation', 'legal', 'documents', 'economic'],
    },
  ]
}

export const recordConsent = async (
  agency: Player,
  caseId: string,
  permissions: readonly Permission[],
): Promise<void> => {
  await step(
    `${agency.name} records her consent: ${permissions.length} ${permissions.length === 1 ? 'statement' : 'statements'}`,
    () =>
      Promise.all(
        permissions.map(({ to, purpose, categories, onward }) =>
          agency.api.post<Static<typeof RecordedStatement>>('/v1/consents', {
            case: caseId,
            status: 'given',
            recipients: [to.id],
            purposes: [purpose],
            categories,
            onward: onward ?? 'none',
            method: 'written',
            language: 'id',
            notice: NOTICE,
            interpreter: false,
          }),
        ),
      ),
  )
  for (const { to, purpose, categories, onward } of permissions) {
    const further = onward === undefined ? '' : '; it may pass them on when she says to whom'
    note(`${to.name} may have, for ${purpose}: ${categories.join(', ')}${further}`)
  }
}
