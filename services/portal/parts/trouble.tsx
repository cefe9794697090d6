import type { JSX } from 'preact'
import { Banner } from './blocks.tsx'
import { ErrorSummary, type Wrong } from './fields.tsx'
import { useWords, type Key } from './words.ts'

/** What went wrong with a form; `again`: where to prove anew who one is. */
export interface Trouble {
  readonly wrong: readonly Wrong[]
  readonly again: string | null
}
export const NO_TROUBLE: Trouble = { wrong: [], again: null }

/** What fields of administration are called, so that a short message says which one it means. */
const NAMES: Readonly<Record<string, Key>> = {
  display_name: 'people.name',
  roles: 'people.roles',
  role: 'people.roles',
  supervisor: 'proposal.supervisor',
  client_id: 'proposal.client',
  scopes: 'program.scopes',
  handle: 'proposal.handle',
  issuer: 'proposal.issuer',
  proof: 'key.proof',
  state: 'key.end.why',
  name_id: 'agency.name_id',
  name_en: 'agency.name_en',
  kind: 'agency.kind',
  area: 'agency.area',
  phone: 'agency.phone',
  hours: 'agency.days',
}

/** What a form must be told before it is sent once more. */
export const Told = ({ wrong, again }: Trouble): JSX.Element => {
  const t = useWords()
  const named = wrong.map(({ field, message }) => {
    const name = NAMES[field]
    return { field, message: name === undefined ? message : `${t(name)}: ${message}` }
  })
  return (
    <>
      <ErrorSummary wrong={named} />
      {again !== null && (
        <Banner look="wait" icon="lock" title={t('again.title')} role="alert">
          <p>{t('again.text')}</p>
          <p>
            <a class="button" href={again} target="_blank" rel="noopener">
              {t('again.title')}
            </a>
          </p>
        </Banner>
      )}
    </>
  )
}
