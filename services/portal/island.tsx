import { createContext, type ComponentType, type JSX } from 'preact'
import { useContext } from 'preact/hooks'
import type { TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { useWords, WordsContext, wordsOf, type Key } from './parts/words.ts'
import { wordsFor } from './words.ts'

/** An island as the server knows it: its props are public, so they MUST pass its schema. */
export interface Island<Props extends object> {
  readonly name: string
  readonly schema: TSchema
  readonly words: readonly Key[]
  readonly part: ComponentType<Props>
}

export interface IslandUse {
  readonly name: string
}

export const IslandsContext = createContext<IslandUse[]>([])

/** JSON that cannot end its script element. */
const safeJson = (value: object): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/** Renders the part here, and again in the browser from the same props. */
export const Live = <Props extends object>(given: {
  readonly island: Island<Props>
  readonly props: Props
}): JSX.Element => {
  const { island, props } = given
  const t = useWords()
  const uses = useContext(IslandsContext)
  if (!Check(island.schema, props)) {
    const [first] = Errors(island.schema, props)
    throw new TypeError(`props of island ${island.name} do not fit: ${first?.instancePath ?? ''}`)
  }
  uses.push({ name: island.name })
  const Part = island.part
  const words = wordsFor(t.language, island.words)
  const json = safeJson({ props, words, language: t.language })
  return (
    <div data-island={island.name}>
      <div data-part>
        <WordsContext.Provider value={wordsOf(t.language, words)}>
          <Part {...props} />
        </WordsContext.Provider>
      </div>
      <script type="application/json" dangerouslySetInnerHTML={{ __html: json }} />
    </div>
  )
}
