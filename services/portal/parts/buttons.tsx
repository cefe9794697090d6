import type { ComponentChildren, JSX } from 'preact'
import { useWords } from './words.ts'

/** The end of a form: on, and back to where one came from. */
export const Buttons = (given: {
  readonly back: string
  readonly children: ComponentChildren
}): JSX.Element => (
  <div class="actions tall">
    <button class="button main">{given.children}</button>
    <a class="button" href={given.back}>
      {useWords()('form.back')}
    </a>
  </div>
)
