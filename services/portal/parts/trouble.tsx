import type { JSX } from 'preact'
import { Banner } from './blocks.tsx'
import { ErrorSummary, type Wrong } from './fields.tsx'
import { useWords } from './words.ts'

/** What went wrong with a form; `again`: where to prove anew who one is. */
export interface Trouble {
  readonly wrong: readonly Wrong[]
  readonly again: string | null
}
export const NO_TROUBLE: Trouble = { wrong: [], again: null }

/** What a form must be told before it is sent once more. */
export const Told = ({ wrong, again }: Trouble): JSX.Element => {
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
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
