import type { FeedItem } from '../src/contracts/events.ts'

const began = performance.now()

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(2)} s`.padStart(8)

export const chapter = (title: string): void => say(`\n── ${title}`)

/** One thing that an agency did, in plain words, with how long the hub took. */
export const step = async <T>(text: string, work: () => Promise<T>): Promise<T> => {
  const start = performance.now()
  const result = await work()
  say(`${seconds()}  ${text}  (${Math.round(performance.now() - start)} ms)`)
  return result
}

export const note = (text: string): void => say(`${' '.repeat(10)}${text}`)

/** What an agency heard on its live connection: a number, a kind, ids; never content. */
export const heard = (player: string, item: FeedItem): void => {
  const what = item.type
    .replace(/^[a-z]+\./, '')
    .replace(/\.v\d+$/, '')
    .replaceAll(/[._]/g, ' ')
  say(`${' '.repeat(10)}~ ${player} hears: ${what} (its number ${item.n})`)
}

export const line = say
