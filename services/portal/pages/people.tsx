import type { JSX } from 'preact'
import { ROLES, type Role } from '../../../src/contracts/codes.ts'
import type { PersonRead } from '../../../src/contracts/identity.ts'
import { pathWith } from '../all-pages.ts'
import { Empty, Head, More } from '../parts/blocks.tsx'
import { Buttons } from '../parts/buttons.tsx'
import { Choices, PostForm, TextField, type Wrong } from '../parts/fields.tsx'
import { Pill } from '../parts/pill.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'

/** What somebody of the hub, and of an agency, can be. */
export const HUB_ROLES: readonly Role[] = ['hub_administrator', 'oversight_reviewer']
export const AGENCY_ROLES: readonly Role[] = ROLES.filter((role) => !HUB_ROLES.includes(role))

/** Whether a person can come in. */
export const AccessPill = ({ person }: { readonly person: PersonRead }): JSX.Element => {
  const t = useWords()
  if (!person.active) return <Pill look="quiet" icon="cross" text={t('people.inactive')} />
  return person.enrolled ? (
    <Pill look="good" icon="check" text={t('people.active')} />
  ) : (
    <Pill look="wait" icon="clock" text={t('people.invited')} />
  )
}

const Row = (given: { readonly person: PersonRead; readonly path: string | null }): JSX.Element => {
  const { person, path } = given
  const t = useWords()
  const content = (
    <>
      <span>
        <b>{person.display_name}</b>
        <br />
        <span class="soft small">{person.roles.map((role) => t(`role.${role}`)).join(', ')}</span>
      </span>
      <AccessPill person={person} />
    </>
  )
  return <li>{path === null ? <div class="row">{content}</div> : <a href={path}>{content}</a>}</li>
}

export const PeoplePage = (given: {
  readonly people: readonly PersonRead[]
  /** Name of the agency whose they are; null: of the hub. */
  readonly whose: string | null
  /** The agency that an administrator looks at. */
  readonly agency: string | null
  readonly isHub: boolean
  readonly next: string | null
  readonly mayChange: (person: PersonRead) => boolean
}): JSX.Element => {
  const { people, whose, agency, isHub, next } = given
  const t = useWords()
  return (
    <>
      <Head title={t('people.title')}>
        <span class="soft">{whose ?? t('people.of_hub')}</span>
      </Head>
      <p>
        {t(isHub ? (agency === null ? 'people.hub.text' : 'people.theirs.text') : 'people.text')}
      </p>
      {people.length === 0 ? (
        <Empty icon="people" text={t('people.empty')} />
      ) : (
        <ul class="list">
          {people.map((person) => (
            <Row
              key={person.id}
              person={person}
              path={given.mayChange(person) ? pathWith(`/people/${person.id}`, { agency }) : null}
            />
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : pathWith('/people', { agency, after: next })}
        text={t('list.more')}
      />
      <div class="actions tall">
        {!isHub && (
          <a class="button main" href="/people/new">
            {t('people.add')}
          </a>
        )}
        {isHub && agency === null && (
          <a class="button main" href="/proposals/new?kind=hub_person">
            {t('people.propose')}
          </a>
        )}
        {isHub && agency !== null && (
          <a class="button" href={`/agencies/${agency}`}>
            {t('form.back')}
          </a>
        )}
      </div>
    </>
  )
}

/** What a person is called, does and reads. */
export const PersonFields = (given: {
  readonly roles: readonly Role[]
  readonly value: {
    readonly display_name: string
    readonly roles: readonly string[]
    readonly language: string
  }
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { roles, value, wrong } = given
  const t = useWords()
  return (
    <>
      <TextField
        name="display_name"
        label={t('people.name')}
        hint={t('people.name.hint')}
        maxLength={120}
        value={value.display_name}
        wrong={wrong}
      />
      <Choices
        type="checkbox"
        name="roles"
        legend={t('people.roles')}
        options={roles.map((role) => ({
          value: role,
          text: t(`role.${role}`),
          hint: t(`role.${role}.may`),
        }))}
        chosen={value.roles}
        wrong={wrong}
      />
      <Choices
        type="radio"
        name="language"
        legend={t('people.language')}
        options={(['id', 'en'] as const).map((code) => ({
          value: code,
          text: t(`language.${code}`),
        }))}
        chosen={[value.language]}
        wrong={wrong}
      />
    </>
  )
}

/** What a form holds already, or else what there was before. */
export const valueOf = (
  form: Form | null,
  before: { display_name: string; roles: readonly string[]; language: string },
) =>
  form?.text('display_name') === undefined && form?.text('language') === undefined
    ? before
    : {
        display_name: form.text('display_name') ?? '',
        roles: form.list('roles'),
        language: form.text('language') ?? 'id',
      }

export const NewPersonPage = (given: {
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { trouble, form } = given
  const t = useWords()
  const nobody = { display_name: '', roles: [], language: 'id' }
  return (
    <>
      <Told {...trouble} />
      <h1>{t('people.add')}</h1>
      <p>{t('people.add.text')}</p>
      <PostForm action="/people/new">
        <PersonFields roles={AGENCY_ROLES} value={valueOf(form, nobody)} wrong={trouble.wrong} />
        <Buttons back="/people">{t('people.add')}</Buttons>
      </PostForm>
    </>
  )
}
