import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type indonesian from '../languages/id.json'

/** Every text of the pages. */
export type Key = keyof typeof indonesian
export type Messages = Readonly<Record<Key, string>>
export type Params = Readonly<Record<string, string | number>>

/** Gives a text; `{name}` is filled, and `count` chooses between forms parted by `|`. */
export interface Words {
  (key: Key, params?: Params): string
  readonly language: 'id' | 'en'
}

const formOf = (text: string, language: string, params: Params | undefined): string => {
  const forms = text.split('|')
  const count = params?.['count']
  if (forms.length === 1 || typeof count !== 'number') return forms[0] ?? ''
  const isOne = new Intl.PluralRules(language).select(count) === 'one'
  return (isOne ? forms[0] : forms[1]) ?? ''
}

export const wordsOf = (language: 'id' | 'en', messages: Partial<Messages>): Words => {
  const words = (key: Key, params?: Params): string =>
    formOf(messages[key] ?? '', language, params).replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(params?.[name] ?? whole),
    )
  return Object.assign(words, { language })
}

export const WordsContext = createContext<Words>(wordsOf('id', {}))

export const useWords = (): Words => useContext(WordsContext)
