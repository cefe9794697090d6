import type { JSX } from 'preact'
import type { CaseRecord } from '../../../src/contracts/case.ts'
import { AGE_BANDS, NEEDS, STAGES } from '../../../src/contracts/codes.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Empty, Head, More, Tabs } from '../parts/blocks.tsx'
import {
  Choices,
  ErrorSummary,
  PostForm,
  SelectField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { Pill } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { languageName } from '../names.ts'

interface CaseLine {
  readonly row: CaseRecord
  readonly area: string
  readonly opened: string
}

/** All cases, or what is missing in them. */
export const CaseTabs = ({ here }: { readonly here: 'cases' | 'gaps' }): JSX.Element => {
  const t = useWords()
  return (
    <Tabs
      label={t('cases.tabs')}
      tabs={[
        { path: '/cases', text: t('cases.all'), isHere: here === 'cases' },
        { path: '/cases/gaps', text: t('gaps.title'), isHere: here === 'gaps' },
      ]}
    />
  )
}

export const CasesPage = (given: {
  readonly items: readonly CaseLine[]
  readonly next: string | null
}) => {
  const t = useWords()
  return (
    <>
      <Head title={t('cases.title')}>
        <a class="button main" href="/cases/new">
          {t('cases.new')}
        </a>
      </Head>
      <CaseTabs here="cases" />
      {given.items.length === 0 ? (
        <Empty icon="cases" text={t('cases.empty')} />
      ) : (
        <ul class="list">
          {given.items.map(({ row, area, opened }) => (
            <li key={row.id}>
              <a href={`/cases/${row.id}`}>
                <span>
                  <b class="code">{row.reference}</b>
                  <br />
                  <span class="soft small">
                    {[area, t(`age.${row.age_band}`), opened].filter((x) => x !== '').join(' · ')}
                  </span>
                </span>
                {row.status === 'closed' && (
                  <Pill look="quiet" icon="check" text={t('case.closed')} />
                )}
              </a>
            </li>
          ))}
        </ul>
      )}
      <More
        path={given.next === null ? null : `/cases?after=${encodeURIComponent(given.next)}`}
        text={t('list.more')}
      />
    </>
  )
}

const LANGUAGES = ['id', 'jv', 'su', 'mad', 'ms', 'sas', 'bug', 'tet', 'en'] as const

/** Languages to choose from, and those that a case has beside them. */
const useLanguages = (more: readonly string[]): readonly Option[] => {
  const { language } = useWords()
  const codes = [...new Set<string>([...LANGUAGES, ...more])]
  return codes.map((value) => ({ value, text: languageName(language, value) }))
}

/** What must be prepared; `record` is how it was described before. */
export const DescriptionFields = (given: {
  readonly areas: readonly Option[]
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
  readonly record?: CaseRecord
}): JSX.Element => {
  const { areas, wrong, form, record } = given
  const t = useWords()
  const languages = useLanguages(record?.languages ?? [])
  const district = form === null ? (record?.district ?? undefined) : form.text('district')
  return (
    <>
      <Choices
        type="radio"
        name="age_band"
        legend={t('case.age')}
        options={AGE_BANDS.map((value) => ({ value, text: t(`age.${value}`) }))}
        chosen={form?.list('age_band') ?? (record === undefined ? [] : [record.age_band])}
        wrong={wrong}
      />
      <SelectField
        wrong={wrong}
        name="district"
        label={t('case.district')}
        any={t('case.district_none')}
        options={areas}
        {...(district === undefined ? {} : { value: district })}
      />
      <Choices
        type="checkbox"
        name="languages"
        legend={t('case.languages')}
        options={languages}
        chosen={form?.list('languages') ?? record?.languages ?? ['id']}
      />
      <Choices
        type="checkbox"
        name="needs"
        legend={t('case.needs')}
        hint={t('case.needs_hint')}
        options={NEEDS.map((value) => ({ value, text: t(`need.${value}`) }))}
        chosen={form?.list('needs') ?? record?.needs ?? []}
      />
    </>
  )
}

/** No name is asked for: a case is what must be prepared, and what is needed. */
export const NewCasePage = (given: {
  readonly areas: readonly Option[]
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}) => {
  const { areas, wrong, form } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('cases.new')}</h1>
      <p>{t('cases.new.text')}</p>
      <PostForm action="/cases/new">
        <DescriptionFields areas={areas} wrong={wrong} form={form} />
        <Choices
          type="checkbox"
          name="stages"
          legend={t('case.stages')}
          options={STAGES.map((value) => ({ value, text: t(`purpose.${value}`) }))}
          chosen={form?.list('stages') ?? []}
        />
        <Buttons back="/cases">{t('cases.open')}</Buttons>
      </PostForm>
    </>
  )
}
