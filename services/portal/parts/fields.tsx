import type { ComponentChildren, JSX } from 'preact'
import { Banner } from './blocks.tsx'
import { useWords } from './words.ts'

/** What is wrong with a field, and the cure. */
export interface Wrong {
  readonly field: string
  readonly message: string
}

/** A form that posts to its own page. The key makes a repeated sending the same one change. */
export const PostForm = (given: {
  readonly action: string
  readonly hasFile?: true
  readonly children: ComponentChildren
}): JSX.Element => (
  <form
    method="post"
    action={given.action}
    {...(given.hasFile === true ? { encType: 'multipart/form-data', noValidate: true } : {})}
  >
    <input type="hidden" name="key" value={globalThis.crypto.randomUUID()} />
    {given.children}
  </form>
)

/** Every error with a link to its field. */
export const ErrorSummary = ({ wrong }: { readonly wrong: readonly Wrong[] }) => {
  const t = useWords()
  if (wrong.length === 0) return null
  return (
    <Banner look="late" icon="warn" title={t('form.wrong')} role="alert">
      <ul>
        {wrong.map(({ field, message }) => (
          <li key={field}>
            <a href={`#${field}`}>{message}</a>
          </li>
        ))}
      </ul>
    </Banner>
  )
}

const wrongOf = (wrong: readonly Wrong[] | undefined, field: string): string | undefined =>
  wrong?.find((each) => each.field === field)?.message

export interface Option {
  readonly value: string
  readonly text: string
  readonly hint?: string
  readonly isSensitive?: boolean
}

interface Group {
  readonly name: string
  readonly legend: ComponentChildren
  readonly hint?: string
  readonly options: readonly Option[]
  readonly chosen?: readonly string[]
  readonly wrong?: readonly Wrong[]
  readonly type: 'radio' | 'checkbox'
}

/** Names the hint and the message of a field, for who hears the page. */
export const describedBy = (
  name: string,
  hint: string | undefined,
  message: string | undefined,
): { readonly 'aria-describedby'?: string } => {
  const ids = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(message === undefined ? [] : [`${name}-wrong`]),
  ]
  return ids.length === 0 ? {} : { 'aria-describedby': ids.join(' ') }
}

/** What a field means and what is wrong with it. */
export const About = (given: {
  readonly name: string
  readonly hint?: string | undefined
  readonly message?: string | undefined
}) => (
  <>
    {given.hint !== undefined && (
      <p class="hint" id={`${given.name}-hint`}>
        {given.hint}
      </p>
    )}
    {given.message !== undefined && (
      <p class="wrong" id={`${given.name}-wrong`}>
        {given.message}
      </p>
    )}
  </>
)

export const Choices = (given: Group): JSX.Element => {
  const { name, legend, hint, options, chosen = [], type } = given
  const message = wrongOf(given.wrong, name)
  return (
    <fieldset
      class={message === undefined ? '' : 'has-error'}
      {...describedBy(name, hint, message)}
    >
      <legend>{legend}</legend>
      <About name={name} hint={hint} message={message} />
      {options.map(({ value, text, hint: why, isSensitive }, index) => (
        <label key={value} class={isSensitive === true ? 'choice sensitive' : 'choice'}>
          <input
            type={type}
            name={name}
            value={value}
            id={index === 0 ? name : `${name}-${value}`}
            checked={chosen.includes(value)}
          />
          <span>
            <b>{text}</b>
            {why !== undefined && <span class="hint">{why}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

interface TextGiven {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly value?: string
  readonly wrong?: readonly Wrong[]
  /** `codes`: groups of letters and digits, over two lines. */
  readonly kind?: 'line' | 'long' | 'code' | 'codes' | 'number'
  readonly maxLength?: number
}

export const TextField = (given: TextGiven): JSX.Element => {
  const { name, label, hint, value = '', kind = 'line', maxLength = 1000 } = given
  const message = wrongOf(given.wrong, name)
  const shared = {
    id: name,
    name,
    maxLength,
    autoComplete: 'off',
    ...describedBy(name, hint, message),
    ...(message === undefined ? {} : { 'aria-invalid': true }),
  }
  return (
    <div class={message === undefined ? 'field' : 'field has-error'}>
      <label for={name}>{label}</label>
      <About name={name} hint={hint} message={message} />
      {kind === 'long' || kind === 'codes' ? (
        <textarea
          {...shared}
          rows={kind === 'long' ? 4 : 2}
          {...(kind === 'long' ? {} : { class: 'code', autoCapitalize: 'characters' })}
        >
          {value}
        </textarea>
      ) : (
        <input
          {...shared}
          type="text"
          class={kind === 'code' ? 'code' : kind === 'number' ? 'short' : ''}
          {...(kind === 'number' ? { inputMode: 'numeric' as const } : {})}
          autoCapitalize={kind === 'code' ? 'characters' : 'sentences'}
          value={value}
        />
      )}
    </div>
  )
}

export const FileField = (given: {
  readonly name: string
  readonly label: string
  readonly hint: string
  /** Media types, parted by commas. */
  readonly accept: string
  readonly wrong?: readonly Wrong[]
}): JSX.Element => {
  const { name, label, hint, accept } = given
  const t = useWords()
  const message = wrongOf(given.wrong, name)
  return (
    <div class={message === undefined ? 'field' : 'field has-error'}>
      <label for={name}>{label}</label>
      <About name={name} hint={hint} message={message} />
      <div class="file">
        {/* `required` tells the style sheet whether a file is chosen, without scripts; nothing is demanded. */}
        <input
          type="file"
          id={name}
          name={name}
          accept={accept}
          required
          aria-required={false}
          {...describedBy(name, hint, message)}
          {...(message === undefined ? {} : { 'aria-invalid': true })}
        />
        <span class="button" aria-hidden="true">
          {t('file.choose')}
        </span>
        <span class="not-chosen soft">{t('file.none')}</span>
        <span class="chosen">{t('file.chosen')}</span>
      </div>
    </div>
  )
}

export const SelectField = (given: {
  readonly name: string
  readonly label: string
  readonly options: readonly Option[]
  readonly value?: string
  readonly any?: string
  readonly wrong?: readonly Wrong[]
}): JSX.Element => {
  const { name } = given
  const message = wrongOf(given.wrong, name)
  return (
    <div class={message === undefined ? 'field' : 'field has-error'}>
      <label for={name}>{given.label}</label>
      <About name={name} message={message} />
      <select
        id={name}
        name={name}
        {...describedBy(name, undefined, message)}
        {...(message === undefined ? {} : { 'aria-invalid': true })}
      >
        {given.any !== undefined && <option value="">{given.any}</option>}
        {given.options.map(({ value, text }) => (
          <option key={value} value={value} selected={value === given.value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
