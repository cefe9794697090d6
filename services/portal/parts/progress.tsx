import type { ComponentChildren, JSX } from 'preact'
import { useWords } from './words.ts'

const PAGES = 4

/** Which of the pages of a send this is. */
export const Progress = ({ page }: { readonly page: number }): JSX.Element => {
  const t = useWords()
  return <p class="progress">{t('send.progress', { page, pages: PAGES })}</p>
}

/** On, and back to where one came from. */
export const Buttons = (given: { readonly back: string; readonly children: ComponentChildren }) => (
  <div class="actions tall">
    <button class="button main">{given.children}</button>
    <a class="button" href={given.back}>
      {useWords()('form.back')}
    </a>
  </div>
)
