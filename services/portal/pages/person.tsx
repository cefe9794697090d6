import type { JSX } from 'preact'
import type { PersonRead } from '../../../src/contracts/identity.ts'
import { pathWith } from '../all-pages.ts'
import { Banner } from '../parts/blocks.tsx'
import { Buttons } from '../parts/buttons.tsx'
import { PostForm } from '../parts/fields.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords, type Key } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { AccessPill, AGENCY_ROLES, HUB_ROLES, PersonFields, valueOf } from './people.tsx'

export const PERSON_DONE = ['added', 'saved', 'stopped', 'started', 'signed_out'] as const
export type PersonDone = (typeof PERSON_DONE)[number]

/** A change of one tap, with what it does. */
const Act = (given: {
  readonly title: Key
  readonly text: Key
  readonly action: string
  readonly button: Key
  readonly version: number
}): JSX.Element => {
  const { title, text, action, button, version } = given
  const t = useWords()
  const id = `do-${button.replaceAll('.', '-')}`
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{t(title)}</h2>
      <p>{t(text)}</p>
      <PostForm action={action}>
        <input type="hidden" name="version" value={version} />
        <div class="actions tall">
          <button class="button">{t(button)}</button>
        </div>
      </PostForm>
    </section>
  )
}

const Link = ({ link, name }: { readonly link: string; readonly name: string }): JSX.Element => {
  const t = useWords()
  return (
    <Banner look="good" icon="check" title={t('people.link')} role="status">
      <p>{t('people.link.text', { name })}</p>
      <p class="code whole">{link}</p>
    </Banner>
  )
}

export const PersonPageOf = (given: {
  readonly person: PersonRead
  readonly isOwn: boolean
  readonly trouble: Trouble
  readonly form: Form | null
  /** An invitation that was made now; shown once. */
  readonly link: string | null
  readonly done: PersonDone | null
}): JSX.Element => {
  const { person, isOwn, trouble, form, link, done } = given
  const { agency, version } = person
  const t = useWords()
  const path = (verb = ''): string => pathWith(`/people/${person.id}${verb}`, { agency })
  return (
    <>
      <Told {...trouble} />
      {done !== null && (
        <Banner look="good" icon="check" role="status">
          <p>{t(`people.done.${done}`)}</p>
        </Banner>
      )}
      {link !== null && <Link link={link} name={person.display_name} />}
      <h1>{person.display_name}</h1>
      <p>
        <AccessPill person={person} />
      </p>
      {isOwn && <p class="soft">{t('people.own')}</p>}
      {person.active && !person.enrolled && (
        <Act
          title="people.invite.title"
          text="people.invite.text"
          action={path('/invitations')}
          button="people.invite"
          version={version}
        />
      )}
      <section aria-labelledby="change">
        <h2 id="change">{t('people.change')}</h2>
        <PostForm action={path()}>
          <input type="hidden" name="version" value={version} />
          <PersonFields
            roles={agency === null ? HUB_ROLES : AGENCY_ROLES}
            value={valueOf(form, person)}
            wrong={trouble.wrong}
          />
          <Buttons back={pathWith('/people', { agency })}>{t('form.save')}</Buttons>
        </PostForm>
      </section>
      {person.active && person.enrolled && (
        <>
          <Act
            title="people.sign_out.title"
            text="people.sign_out.text"
            action={path('/sign-outs')}
            button="people.sign_out"
            version={version}
          />
          <Act
            title="people.again.title"
            text="people.again.text"
            action={path('/invitations')}
            button="people.again"
            version={version}
          />
        </>
      )}
      {!isOwn &&
        (person.active ? (
          <Act
            title="people.stop.title"
            text="people.stop.text"
            action={path('/stop')}
            button="people.stop"
            version={version}
          />
        ) : (
          <Act
            title="people.start.title"
            text="people.start.text"
            action={path('/start')}
            button="people.start"
            version={version}
          />
        ))}
    </>
  )
}
