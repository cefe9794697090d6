import type { JSX } from 'preact'
import { AGENCY_KINDS, WEEKDAYS, type AgencyRead } from '../../../src/contracts/directory.ts'
import { Empty, Head, More } from '../parts/blocks.tsx'
import { Buttons } from '../parts/buttons.tsx'
import {
  Choices,
  PostForm,
  SelectField,
  TextField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { ListLink } from '../parts/list-link.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { nameIn } from '../names.ts'

const ZONES = ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'] as const
const WORKDAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri']

export const AgenciesPage = (given: {
  readonly rows: readonly { readonly agency: AgencyRead; readonly area: string }[]
  readonly next: string | null
  readonly mayAdd: boolean
}): JSX.Element => {
  const { rows, next, mayAdd } = given
  const t = useWords()
  return (
    <>
      <Head title={t('agency.title')} />
      <p>{t('agency.text')}</p>
      {rows.length === 0 ? (
        <Empty icon="directory" text={t('agency.empty')} />
      ) : (
        <ul class="list">
          {rows.map(({ agency, area }) => (
            <ListLink
              key={agency.id}
              path={`/agencies/${agency.id}`}
              title={nameIn(t.language, agency)}
            >
              {t(`agency.kind.${agency.kind}`)} · {area}
            </ListLink>
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/agencies?after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
      {mayAdd && (
        <div class="actions tall">
          <a class="button main" href="/agencies/new">
            {t('agency.add')}
          </a>
        </div>
      )}
    </>
  )
}

/** What the hub says about an agency, as a form has it or as it was before. */
export const AgencyFields = (given: {
  readonly areas: readonly Option[]
  readonly before: AgencyRead | null
  readonly form: Form | null
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { areas, before, form, wrong } = given
  const t = useWords()
  const value = (name: 'name_id' | 'name_en' | 'kind' | 'area'): string =>
    (form === null ? before?.[name] : form.text(name)) ?? ''
  const isHidden =
    form === null ? before?.confidential === true : form.list('confidential').includes('yes')
  return (
    <>
      {(['name_id', 'name_en'] as const).map((name) => (
        <TextField
          key={name}
          name={name}
          label={t(`agency.${name}`)}
          maxLength={120}
          value={value(name)}
          wrong={wrong}
        />
      ))}
      <SelectField
        name="kind"
        label={t('agency.kind')}
        any={t('form.choose')}
        options={AGENCY_KINDS.map((kind) => ({ value: kind, text: t(`agency.kind.${kind}`) }))}
        value={value('kind')}
        wrong={wrong}
      />
      <SelectField
        name="area"
        label={t('agency.area')}
        any={t('form.choose')}
        options={areas}
        value={value('area')}
        wrong={wrong}
      />
      <Choices
        type="checkbox"
        name="confidential"
        legend={t('agency.confidential')}
        options={[
          { value: 'yes', text: t('agency.confidential.yes'), hint: t('agency.confidential.hint') },
        ]}
        chosen={isHidden ? ['yes'] : []}
        wrong={wrong}
      />
    </>
  )
}

export const NewAgencyPage = (given: {
  readonly areas: readonly Option[]
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { areas, trouble, form } = given
  const { wrong } = trouble
  const t = useWords()
  const text = (name: string, usual: string): string =>
    (form === null ? usual : form.text(name)) ?? ''
  return (
    <>
      <Told {...trouble} />
      <h1>{t('agency.add')}</h1>
      <p>{t('agency.add.text')}</p>
      <PostForm action="/agencies/new">
        <AgencyFields areas={areas} before={null} form={form} wrong={wrong} />
        <Choices
          type="radio"
          name="time_zone"
          legend={t('agency.zone')}
          options={ZONES.map((zone) => ({ value: zone, text: t(`agency.zone.${zone}`) }))}
          chosen={[text('time_zone', ZONES[0])]}
          wrong={wrong}
        />
        <Choices
          type="checkbox"
          name="days"
          legend={t('agency.days')}
          hint={t('agency.days.hint')}
          options={WEEKDAYS.map((day) => ({ value: day, text: t(`weekday.${day}`) }))}
          chosen={form === null ? WORKDAYS : form.list('days')}
          wrong={wrong}
        />
        <TextField
          name="open"
          label={t('agency.open')}
          hint={t('agency.open.hint')}
          maxLength={5}
          value={text('open', '08:00')}
          wrong={wrong}
        />
        <TextField
          name="close"
          label={t('agency.close')}
          maxLength={5}
          value={text('close', '16:00')}
          wrong={wrong}
        />
        <TextField
          name="phone"
          label={t('agency.phone')}
          hint={t('agency.phone.hint')}
          maxLength={16}
          value={text('phone', '')}
          wrong={wrong}
        />
        <Buttons back="/agencies">{t('agency.add')}</Buttons>
      </PostForm>
    </>
  )
}
