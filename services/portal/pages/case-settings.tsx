import type { JSX } from 'preact'
import type { CaseRead } from '../../../src/contracts/case.ts'
import { CASE_CLOSE_REASONS } from '../../../src/contracts/pathway.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import {
  Choices,
  ErrorSummary,
  PostForm,
  SelectField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { DescriptionFields } from './cases.tsx'

/** Agencies that must get nothing of this case; they do not learn of it. */
export const DoNotSendPage = (given: {
  readonly id: string
  readonly blocked: readonly Option[]
  readonly others: readonly Option[]
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { id, blocked, others, wrong } = given
  const t = useWords()
  const at = `/cases/${id}/do-not-send`
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('blocked.title')}</h1>
      <p>{t('blocked.text')}</p>
      {blocked.length === 0 && <p class="soft">{t('blocked.empty')}</p>}
      {blocked.length > 0 && (
        <ul class="list">
          {blocked.map(({ value, text }) => (
            <li key={value}>
              <div class="row">
                <span>{text}</span>
                <PostForm action={`${at}/allow`}>
                  <input type="hidden" name="agency" value={value} />
                  <button class="button">
                    {t('blocked.allow')}
                    <span class="hidden-words"> {text}</span>
                  </button>
                </PostForm>
              </div>
            </li>
          ))}
        </ul>
      )}
      <PostForm action={at}>
        <SelectField
          name="agency"
          label={t('blocked.add')}
          any={t('blocked.choose')}
          options={others}
          wrong={wrong}
        />
        <Buttons back={`/cases/${id}`}>{t('blocked.block')}</Buttons>
      </PostForm>
    </>
  )
}

/** Closing says why; what is still missing keeps goals from being called met. */
export const StatusPage = (given: {
  readonly record: CaseRead
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { record, wrong, form } = given
  const t = useWords()
  const isOpen = record.status === 'open'
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1 id="status">{t(isOpen ? 'case.close' : 'case.reopen')}</h1>
      <p>{t(isOpen ? 'case.close.text' : 'case.reopen.text')}</p>
      <PostForm action={`/cases/${record.id}/status`}>
        <input type="hidden" name="version" value={String(record.version)} />
        <input type="hidden" name="status" value={isOpen ? 'closed' : 'open'} />
        {isOpen && (
          <Choices
            type="radio"
            name="reason"
            legend={t('case.close.why')}
            options={CASE_CLOSE_REASONS.map((value) => ({ value, text: t(`closing.${value}`) }))}
            chosen={form?.list('reason') ?? []}
            wrong={wrong}
          />
        )}
        <Buttons back={`/cases/${record.id}`}>{t(isOpen ? 'case.close' : 'case.reopen')}</Buttons>
      </PostForm>
    </>
  )
}

/** What must be prepared, as it is now. */
export const ChangeCasePage = (given: {
  readonly record: CaseRead
  readonly areas: readonly Option[]
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { record, areas, wrong, form } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('case.change')}</h1>
      {wrong.some(({ field }) => field === 'version') && (
        <Banner look="wait" icon="info">
          <p>{t('error.changed.text')}</p>
        </Banner>
      )}
      <PostForm action={`/cases/${record.id}/change`}>
        <input type="hidden" name="version" value={String(record.version)} />
        <DescriptionFields areas={areas} wrong={wrong} form={form} record={record} />
        <Buttons back={`/cases/${record.id}`}>{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}
