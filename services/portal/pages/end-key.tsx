import type { JSX } from 'preact'
import { Buttons } from '../parts/buttons.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import { Choices, PostForm } from '../parts/fields.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'

const STATES = ['retired', 'revoked'] as const

/** Ending a key of an agency's own: replaced, or in wrong hands and since when. */
export const EndKeyPage = (given: {
  readonly agency: string
  readonly kid: string
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { agency, kid, trouble, form } = given
  const { wrong } = trouble
  const t = useWords()
  return (
    <>
      <Told {...trouble} />
      <h1>{t('key.end')}</h1>
      <PostForm action={`/agencies/${agency}/keys/${kid}/end`}>
        <Choices
          type="radio"
          name="state"
          legend={t('key.end.why')}
          options={STATES.map((state) => ({
            value: state,
            text: t(`key.end.${state}`),
            hint: t(`key.end.${state}.hint`),
          }))}
          chosen={form?.list('state') ?? []}
          wrong={wrong}
        />
        <DayFields
          name="compromised_since"
          legend={t('key.end.since')}
          hint={t('key.end.since.hint')}
          wrong={wrong}
          value={form === null ? undefined : (field) => form.text(field)}
        />
        <Buttons back={`/agencies/${agency}/keys`}>{t('key.end.now')}</Buttons>
      </PostForm>
    </>
  )
}
