import type { JSX } from 'preact'
import { NOT_NEEDED_REASONS } from '../../../src/contracts/case.ts'
import { CATEGORIES, type Category, type Stage } from '../../../src/contracts/codes.ts'
import { codesOf, htcdsField, labelsOf } from '../../../src/contracts/htcds.ts'
import { Choices, SelectField, TextField, type Option, type Wrong } from '../parts/fields.tsx'
import { isSensitive } from '../parts/sensitive.ts'
import { useWords } from '../parts/words.ts'
import { codedFields, isList, type CodedField } from '../record-forms.ts'
import type { Form } from '../visit.ts'
import { codeName, fieldLabel } from '../htcds-words.ts'

interface Given {
  readonly stages: readonly Stage[]
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}

const useOptions = (field: CodedField): readonly Option[] => {
  const { language } = useWords()
  const labels = new Map(labelsOf(field).map(({ code, label }) => [code, label]))
  return (codesOf(field) ?? []).map((value) => ({
    value,
    text: codeName(language, value, labels.get(value)),
  }))
}

const Coded = (given: Given & { readonly field: CodedField }): JSX.Element => {
  const { field, form, wrong } = given
  const t = useWords()
  const options = useOptions(field)
  const label = fieldLabel(t.language, field, htcdsField(field)?.label)
  if (isList(field)) {
    return (
      <Choices
        type="checkbox"
        name={field}
        legend={label}
        options={options}
        chosen={form?.list(field) ?? []}
      />
    )
  }
  const value = form?.text(field)
  return (
    <SelectField
      name={field}
      label={label}
      any={t('assessment.not_said')}
      options={options}
      wrong={wrong}
      {...(value === undefined ? {} : { value })}
    />
  )
}

/** Folded, and open where something was filled in or is wrong. */
const Finding = (given: Given & { readonly category: Category }): JSX.Element => {
  const { category, form, wrong } = given
  const t = useWords()
  const name = `findings.${category}`
  const fields = codedFields(category)
  const value = form?.text(name)
  const isFilled =
    value !== undefined ||
    wrong.some(({ field }) => field === name) ||
    fields.some((field) => (form?.list(field).length ?? 0) > 0)
  return (
    <details class="fold" open={isFilled}>
      <summary>
        {t(`category.${category}`)}
        {isSensitive(category) && <span class="soft small"> · {t('category.sensitive')}</span>}
      </summary>
      {fields.map((field) => (
        <Coded key={field} {...given} field={field} />
      ))}
      <TextField
        kind="long"
        name={name}
        label={t(fields.length > 0 ? 'assessment.more' : 'casedata.lines')}
        hint={t('casedata.hint')}
        maxLength={20_000}
        wrong={wrong}
        {...(value === undefined ? {} : { value })}
      />
    </details>
  )
}

const StageFields = ({ stages, form, wrong }: Given): JSX.Element => {
  const t = useWords()
  const options: readonly Option[] = [
    { value: 'needed', text: t('stage.needed') },
    ...NOT_NEEDED_REASONS.map((reason) => ({
      value: `not_needed/${reason}`,
      text: `${t('stage.not_needed')}: ${t(`stage.reason.${reason}`)}`,
    })),
  ]
  return (
    <details class="fold">
      <summary>{t('assessment.stages')}</summary>
      {stages.map((stage) => {
        const value = form?.text(`stage.${stage}`)
        return (
          <SelectField
            key={stage}
            name={`stage.${stage}`}
            label={t(`purpose.${stage}`)}
            any={t('assessment.unchanged')}
            options={options}
            wrong={wrong}
            {...(value === undefined ? {} : { value })}
          />
        )
      })}
    </details>
  )
}

/** What was found, by category in the words of HTCDS, and what each stage is found to be. */
export const AssessmentFields = (given: Given): JSX.Element => {
  const t = useWords()
  return (
    <>
      <h2>{t('assessment.findings')}</h2>
      <p class="hint">{t('assessment.findings_hint')}</p>
      {CATEGORIES.map((category) => (
        <Finding key={category} {...given} category={category} />
      ))}
      <StageFields {...given} />
      <br />
    </>
  )
}
