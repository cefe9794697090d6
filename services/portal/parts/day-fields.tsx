import type { JSX } from 'preact'
import { About, describedBy, type Wrong } from './fields.tsx'
import { useWords, type Key } from './words.ts'

const PARTS: readonly (readonly [name: string, label: Key, size: number])[] = [
  ['day', 'date.day', 2],
  ['month', 'date.month', 2],
  ['year', 'date.year', 4],
]

/**
 * A day in three fields that keep what was entered: `<name>-day`, `-month`, `-year`. Browsers show their own
 * date fields in an order of their choosing.
 */
export const DayFields = (given: {
  readonly name: string
  readonly legend: string
  readonly hint?: string
  readonly wrong?: readonly Wrong[]
  readonly value?: ((field: string) => string | undefined) | undefined
}): JSX.Element => {
  const { name, legend, hint, wrong = [], value } = given
  const t = useWords()
  const message = wrong.find(({ field }) => field === name)?.message
  return (
    <fieldset
      class={message === undefined ? '' : 'has-error'}
      {...describedBy(name, hint, message)}
    >
      <legend>{legend}</legend>
      <About name={name} hint={hint} message={message} />
      <div class="date-parts">
        {PARTS.map(([part, label, size], index) => (
          <div key={part}>
            <label for={index === 0 ? name : `${name}-${part}`}>{t(label)}</label>
            <input
              type="text"
              inputMode="numeric"
              class="short"
              id={index === 0 ? name : `${name}-${part}`}
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
