import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../../src/problem.ts'
import english from './languages/en.json' with { type: 'json' }
import indonesian from './languages/id.json' with { type: 'json' }
import { wordsOf, type Key, type Messages, type Words } from './parts/words.ts'

/** Indonesian is the source: a key that English lacks, or has beyond it, does not compile. */
const MESSAGES: Readonly<Record<Language, Messages>> = {
  id: indonesian,
  en: english satisfies Record<keyof typeof indonesian, string>,
}
const _noneBeyond: Record<keyof typeof english, string> = indonesian
void _noneBeyond

export const LANGUAGES: readonly Language[] = ['id', 'en']

export const wordsIn = (language: Language): Words => WORDS[language]

const WORDS: Readonly<Record<Language, Words>> = {
  id: wordsOf('id', MESSAGES.id),
  en: wordsOf('en', MESSAGES.en),
}

/** The words that an island needs, to travel with its props. */
export const wordsFor = (language: Language, keys: readonly Key[]): Partial<Messages> =>
  Object.fromEntries(keys.map((key) => [key, MESSAGES[language][key]]))

interface MissingWords {
  readonly language: string
  readonly missing: readonly string[]
}

/** Keys that one language has and another lacks; the build of the bundles fails on any. */
export const missingWords = (): readonly MissingWords[] => {
  const keysOf = (language: string): string[] => {
    const path = join(import.meta.dirname, 'languages', `${language}.json`)
    return Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object)
  }
  const all = new Set(LANGUAGES.flatMap(keysOf))
  return LANGUAGES.map((language) => {
    const known = new Set(keysOf(language))
    return { language, missing: [...all].filter((key) => !known.has(key)) }
  }).filter(({ missing }) => missing.length > 0)
}
