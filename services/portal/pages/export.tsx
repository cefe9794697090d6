import type { JSX } from 'preact'
import { CATEGORIES, SENSITIVE } from '../../../src/contracts/codes.ts'
import { EXPORT_FORMATS } from '../../../src/contracts/import.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { Choices, PostForm } from '../parts/fields.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'

/** A file that leaves the hub: categories are named one by one, and nothing is ticked before. */
export const ExportPage = (given: {
  /** One case; null: all of the agency. */
  readonly id: string | null
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { id, trouble, form } = given
  const t = useWords()
  return (
    <>
      <Told {...trouble} />
      <h1>{t(id === null ? 'export.all' : 'export.one')}</h1>
      <p>{t('export.text')}</p>
      <Banner look="wait" icon="warn">
        <p>{t('export.warning')}</p>
      </Banner>
      <PostForm action={id === null ? '/exports' : `/cases/${id}/export`}>
        <Choices
          type="checkbox"
          name="categories"
          legend={t('export.categories')}
          options={CATEGORIES.map((value) => ({
            value,
            text: t(`category.${value}`),
            ...(SENSITIVE.includes(value)
              ? { hint: t('category.sensitive'), isSensitive: true }
              : {}),
          }))}
          chosen={form?.list('categories') ?? []}
          wrong={trouble.wrong}
        />
        <Choices
          type="radio"
          name="format"
          legend={t('export.format')}
          options={EXPORT_FORMATS.map((value) => ({ value, text: t(`format.${value}`) }))}
          chosen={form?.list('format') ?? ['xlsx']}
          wrong={trouble.wrong}
        />
        <Buttons back={id === null ? '/more' : `/cases/${id}`}>{t('export.do')}</Buttons>
      </PostForm>
    </>
  )
}
