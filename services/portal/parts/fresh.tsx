import type { ComponentChildren, JSX } from 'preact'
import { useWords } from './words.ts'

/** Content that the browser renews by itself when something changed. `name` is unique on its page. */
export const Fresh = (given: {
  readonly name: string
  readonly children: ComponentChildren
}): JSX.Element => {
  const t = useWords()
  return (
    <>
      <p class="hidden-words" role="status" data-fresh-said={t('page.renewed')} />
      <div data-fresh={given.name}>{given.children}</div>
    </>
  )
}
