import { hydrate, type ComponentType } from 'preact'
import { WordsContext, wordsOf, type Messages } from '../parts/words.ts'

interface Given<Props> {
  readonly props: Props
  readonly words: Partial<Messages>
  readonly language: 'id' | 'en'
}

/** Brings the server's rendering of an island to life with the props beside it. */
export const wake = <Props extends object>(name: string, Part: ComponentType<Props>): void => {
  for (const place of document.querySelectorAll(`[data-island="${name}"]`)) {
    const root = place.querySelector('[data-part]')
    const json = place.querySelector('script')?.textContent
    if (root === null || json == null) continue
    const { props, words, language } = JSON.parse(json) as Given<Props>
    hydrate(
      <WordsContext.Provider value={wordsOf(language, words)}>
        <Part {...props} />
      </WordsContext.Provider>,
      root,
    )
    place.setAttribute('data-awake', '')
  }
}
