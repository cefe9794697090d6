import type { JSX } from 'preact'
import { useWords } from './words.ts'

const PAGES = 4

/** Which of the pages of a send this is. */
export const Progress = ({ page }: { readonly page: number }): JSX.Element => {
  const t = useWords()
  return <p class="progress">{t('send.progress', { page, pages: PAGES })}</p>
}
