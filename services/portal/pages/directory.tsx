import type { JSX } from 'preact'
import { AGE_BANDS, NEEDS, PURPOSES, URGENCIES } from '../../../src/contracts/codes.ts'
import { AGENCY_KINDS, GENDERS, type AgencyRead } from '../../../src/contracts/directory.ts'
import type { ServiceSight } from '../directory-sight.ts'
import { codeName } from '../htcds-words.ts'
import { Empty, Head, More, Tabs } from '../parts/blocks.tsx'
import { Choices, SelectField, type Option } from '../parts/fields.tsx'
import { OpenPill, ServiceCard } from '../parts/service-card.tsx'
import { Pill } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'

const DirectoryTabs = ({ here }: { readonly here: 'services' | 'agencies' }): JSX.Element => {
  const t = useWords()
  return (
    <Tabs
      label={t('directory.parts')}
      tabs={[
        { path: '/directory', text: t('directory.services'), isHere: here === 'services' },
        { path: '/directory/agencies', text: t('directory.agencies'), isHere: here === 'agencies' },
      ]}
    />
  )
}

export const SEARCH_FIELDS = ['stage', 'area', 'urgency', 'age_band', 'gender'] as const

const Search = (given: { readonly areas: readonly Option[]; readonly form: Form | null }) => {
  const { areas, form } = given
  const t = useWords()
  const any = t('audit.filter.any')
  const field = (
    name: (typeof SEARCH_FIELDS)[number],
    label: string,
    options: readonly Option[],
  ) => (
    <SelectField
      name={name}
      label={label}
      any={any}
      options={options}
      value={form?.text(name) ?? ''}
    />
  )
  const words = (codes: readonly string[], text: (code: string) => string): readonly Option[] =>
    codes.map((value) => ({ value, text: text(value) }))
  return (
    <form method="post" action="/directory">
      {field(
        'stage',
        t('send.purpose'),
        words(PURPOSES, (code) => t(`purpose.${code}` as 'purpose.legal')),
      )}
      {field('area', t('referral.area'), areas)}
      <details class="fold" open={form !== null && form.list('needs').length > 0}>
        <summary>{t('directory.more')}</summary>
        {field(
          'urgency',
          t('send.urgency'),
          words(URGENCIES, (code) => t(`urgency.${code}` as 'urgency.normal')),
        )}
        {field(
          'age_band',
          t('referral.age'),
          words(AGE_BANDS, (code) => t(`age.${code}` as 'age.unknown')),
        )}
        {field(
          'gender',
          t('send.gender'),
          words(GENDERS, (code) => codeName(t.language, code, undefined)),
        )}
        <Choices
          type="checkbox"
          name="needs"
          legend={t('referral.needs')}
          options={NEEDS.map((value) => ({ value, text: t(`need.${value}`) }))}
          chosen={form?.list('needs') ?? []}
        />
      </details>
      <p>
        <button class="button main">{t('directory.search')}</button>
      </p>
    </form>
  )
}

/** What was asked goes on in a form, and stands in no address. */
const Further = (given: { readonly form: Form; readonly next: string }): JSX.Element => {
  const { form, next } = given
  return (
    <form method="post" action="/directory">
      {SEARCH_FIELDS.map((name) => (
        <input key={name} type="hidden" name={name} value={form.text(name) ?? ''} />
      ))}
      {form.list('needs').map((need) => (
        <input key={need} type="hidden" name="needs" value={need} />
      ))}
      <input type="hidden" name="after" value={next} />
      <button class="button">{useWords()('list.more')}</button>
    </form>
  )
}

export const DirectoryPage = (given: {
  readonly areas: readonly Option[]
  readonly form: Form | null
  /** Null before anything was asked. */
  readonly services: readonly ServiceSight[] | null
  readonly next: string | null
}): JSX.Element => {
  const { areas, form, services, next } = given
  const t = useWords()
  return (
    <>
      <Head title={t('directory.title')} />
      <DirectoryTabs here="services" />
      <Search areas={areas} form={form} />
      {services !== null && (
        <section aria-labelledby="found">
          <h2 id="found">{t('directory.found')}</h2>
          {services.length === 0 ? (
            <Empty icon="directory" text={t('directory.none')} />
          ) : (
            <ul class="cards">
              {services.map((sight) => (
                <ServiceCard key={sight.service.id} sight={sight} isNamed />
              ))}
            </ul>
          )}
          {next !== null && form !== null && <Further form={form} next={next} />}
        </section>
      )}
    </>
  )
}

export interface AgencyLine {
  readonly agency: AgencyRead
  readonly name: string
  readonly area: string
}

export const AgenciesPage = (given: {
  readonly agencies: readonly AgencyLine[]
  readonly kind: string
  readonly next: string | null
}): JSX.Element => {
  const { agencies, kind, next } = given
  const t = useWords()
  return (
    <>
      <Head title={t('directory.title')} />
      <DirectoryTabs here="agencies" />
      <form class="filters" method="get" action="/directory/agencies">
        <SelectField
          name="kind"
          label={t('directory.kind')}
          any={t('audit.filter.any')}
          options={AGENCY_KINDS.map((value) => ({ value, text: t(`agency.${value}`) }))}
          value={kind}
        />
        <button class="button">{t('inbox.show')}</button>
      </form>
      {agencies.length === 0 && <Empty icon="directory" text={t('directory.none')} />}
      <ul class="list">
        {agencies.map(({ agency, name, area }) => (
          <li key={agency.id}>
            <a href={`/directory/agencies/${agency.id}`}>
              <span>
                <b>{name}</b>
                <br />
                <span class="soft small">
                  {t(`agency.${agency.kind}`)} · {area}
                </span>
              </span>
              {agency.confidential ? (
                <Pill look="quiet" icon="lock" text={t('directory.confidential')} />
              ) : (
                <OpenPill isOpen={agency.open_now} />
              )}
            </a>
          </li>
        ))}
      </ul>
      <More
        path={
          next === null ? null : `/directory/agencies?${new URLSearchParams({ kind, after: next })}`
        }
        text={t('list.more')}
      />
    </>
  )
}
