import type { JSX } from 'preact'
import { useWords } from './words.ts'

const Part = (given: { readonly id: string; readonly label: string; readonly size: number }) => (
  <div>
    <label for={given.id}>{given.label}</label>
    <input
      type="text"
      inputMode="numeric"
      class="short"
      id={given.id}
      name={given.id}
      maxLength={given.size}
      autoComplete="off"
    />
  </div>
)

/** Three fields: browsers show their own date fields in an order of their choosing. */
export const DateField = (given: {
  readonly name: string
  readonly legend: string
  readonly hint?: string
}): JSX.Element => {
  const { name, legend, hint } = given
  const t = useWords()
  return (
    <fieldset>
      <legend>{legend}</legend>
      {hint !== undefined && <p class="hint">{hint}</p>}
      <div class="date-parts">
        <Part id={`${name}-day`} label={t('date.day')} size={2} />
        <Part id={`${name}-month`} label={t('date.month')} size={2} />
        <Part id={`${name}-year`} label={t('date.year')} size={4} />
      </div>
    </fieldset>
  )
}
