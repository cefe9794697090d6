import type { JSX } from 'preact'
import type { Wrong } from './fields.tsx'
import { useWords, type Key } from './words.ts'

const PARTS: readonly (readonly [name: string, label: Key, size: number])[] = [
  ['day', 'date.day', 2],
  ['month', 'date.month', 2],
  ['year', 'date.year', 4],
]

/** A day in three fields that keep what was entered: `<name>-day`, `-month`, `-year`. */
export const DayFields = (given: {
  readonly name: string
  readonly legend: string
  readonly hint?: string
  readonly wrong?: readonly Wrong[]
  readonly value?: (field: string) => string | undefined
}): JSX.Element => {
  const { name, legend, hint, wrong = [], value } = given
  const t = useWords()
  const message = wrong.find(({ field }) => field === `${name}-day`)?.message
  return (
    <fieldset class={message === undefined ? '' : 'has-error'}>
      <legend>{legend}</legend>
      {hint !== undefined && <p class="hint">{hint}</p>}
      {message !== undefined && <p class="wrong">{message}</p>}
      <div class="date-parts">
        {PARTS.map(([part, label, size]) => (
          <div key={part}>
            <label for={`${name}-${part}`}>{t(label)}</label>
            <input
              type="text"
              inputMode="numeric"
              class="short"
              id={`${name}-${part}`}
              name={`${name}-${part}`}
              maxLength={size}
              autoComplete="off"
              value={value?.(`${name}-${part}`) ?? ''}
            />
          </div>
        ))}
      </div>
    </fieldset>
  )
}
