import { Type, type Static } from 'typebox'
import { Id, oneOf, type Role } from '../../../src/contracts/codes.ts'
import type { InvitationMade, PersonPage, PersonRead } from '../../../src/contracts/identity.ts'
import { Problem } from '../../../src/problem.ts'
import { allPages, pathWith } from '../all-pages.ts'
import type { PortalRoute } from '../page.ts'
import { NewPersonPage, PeoplePage } from '../pages/people.tsx'
import { PERSON_DONE, PersonPageOf, type PersonDone } from '../pages/person.tsx'
import { NO_TROUBLE, type Trouble } from '../parts/trouble.tsx'
import { troubleOf } from '../trouble.ts'
import { goTo, type Form, type PageView, type SignedVisit } from '../visit.ts'

const ListQuery = {
  querystring: Type.Object({
    agency: Type.Optional(Id),
    after: Type.Optional(Type.String({ maxLength: 600 })),
  }),
}
const One = {
  params: Type.Object({ id: Id }),
  querystring: Type.Object({
    agency: Type.Optional(Id),
    done: Type.Optional(oneOf(PERSON_DONE)),
  }),
}
interface Asked {
  readonly agency?: string
  readonly after?: string
  readonly done?: PersonDone
}

const PATH = '/v1/identity/people'
const idOf = (visit: SignedVisit): string => (visit.request.params as { id: string }).id
const askedOf = (visit: SignedVisit): Asked => visit.request.query as Asked

/** Whose people they are; null: the hub's own. */
const whose = (visit: SignedVisit): string | null =>
  visit.me.agency ?? askedOf(visit).agency ?? null

/** Administrators change people of the hub, and supervisors of agencies; supervisors all of their own. */
export const mayChange = (visit: SignedVisit, person: PersonRead): boolean =>
  visit.me.agency !== null || person.agency === null || person.roles.includes('supervisor')

const find = async (visit: SignedVisit): Promise<PersonRead> => {
  const id = idOf(visit)
  const isIt = (person: PersonRead): boolean => person.id === id
  const people = await allPages(visit, pathWith(PATH, { agency: whose(visit) }), isIt)
  const person = people.find(isIt)
  if (person === undefined || !mayChange(visit, person)) throw new Problem('not_found')
  return person
}

const personPage = async (
  visit: SignedVisit,
  given: {
    readonly trouble?: Trouble
    readonly form?: Form
    readonly link?: string
    readonly done?: PersonDone | undefined
  } = {},
): Promise<PageView> => {
  const { trouble = NO_TROUBLE, form = null, link = null, done = null } = given
  const person = await find(visit)
  const body = (
    <PersonPageOf
      person={person}
      isOwn={person.id === visit.me.id}
      trouble={trouble}
      form={form}
      link={link}
      done={done}
    />
  )
  const status = trouble === NO_TROUBLE ? 200 : 422
  return { kind: 'page', title: 'people.title', place: 'more', status, body }
}

/** Where a person's page is; the agency tells an administrator whose people to look through. */
const pathOf = (visit: SignedVisit, person: { id: string }, done?: PersonDone): string =>
  pathWith(`/people/${person.id}`, { agency: askedOf(visit).agency, done })

/** Does something about one person; what cannot be done is said on the person's own page. */
const act = async (
  visit: SignedVisit,
  form: Form,
  done: PersonDone,
  work: (person: PersonRead) => Promise<unknown>,
) => {
  const person = await find(visit)
  try {
    await work(person)
  } catch (error) {
    return await personPage(visit, {
      trouble: troubleOf(error, 'roles', pathOf(visit, person)),
      form,
    })
  }
  return goTo(pathOf(visit, person, done))
}

const optionsOf = (form: Form) => ({ idempotencyKey: form.text('key') ?? '' })

/** People of one's own agency, or of the hub: who they are, what they may do, whether they may come in. */
export const people: PortalRoute = (portal) => {
  portal.get('/people', ListQuery, async (visit) => {
    const { after } = askedOf(visit)
    const agency = whose(visit)
    const path = pathWith(PATH, { agency, after })
    const { items, next } = await visit.api.get<Static<typeof PersonPage>>(path)
    const body = (
      <PeoplePage
        people={items}
        whose={agency === null ? null : await visit.names.agency(agency)}
        agency={visit.me.agency === null ? agency : null}
        isHub={visit.me.agency === null}
        next={next}
        mayChange={(person) => mayChange(visit, person)}
      />
    )
    return { kind: 'page', title: 'people.title', place: 'more', body }
  })

  const newPage = (trouble: Trouble, form: Form | null): PageView => ({
    kind: 'page',
    title: 'people.title',
    place: 'more',
    status: trouble === NO_TROUBLE ? 200 : 422,
    body: <NewPersonPage trouble={trouble} form={form} />,
  })
  portal.get('/people/new', {}, async () => newPage(NO_TROUBLE, null))
  portal.post('/people/new', {}, async (visit, form) => {
    const asked = {
      display_name: form.text('display_name') ?? '',
      roles: form.list('roles'),
      language: form.text('language') ?? 'id',
    }
    try {
      const person = await visit.api.post<PersonRead>(PATH, asked, optionsOf(form))
      return goTo(`/people/${person.id}?done=added`)
    } catch (error) {
      return newPage(troubleOf(error, 'display_name', '/people/new'), form)
    }
  })

  portal.get('/people/:id', One, (visit) => personPage(visit, { done: askedOf(visit).done }))
  portal.post('/people/:id', One, (visit, form) =>
    act(visit, form, 'saved', ({ active }) => {
      const asked = {
        display_name: form.text('display_name') ?? '',
        roles: form.list('roles') as Role[],
        language: form.text('language') ?? 'id',
        active,
        version: Number(form.text('version')),
      }
      return visit.api.put(`${PATH}/${idOf(visit)}`, asked, optionsOf(form))
    }),
  )
  for (const verb of ['stop', 'start'] as const) {
    portal.post(`/people/:id/${verb}`, One, (visit, form) =>
      act(visit, form, verb === 'stop' ? 'stopped' : 'started', (person) => {
        const { display_name, roles, language } = person
        const version = Number(form.text('version'))
        const asked = { display_name, roles, language, active: verb === 'start', version }
        return visit.api.put(`${PATH}/${person.id}`, asked, optionsOf(form))
      }),
    )
  }
  portal.post('/people/:id/sign-outs', One, (visit, form) =>
    act(visit, form, 'signed_out', ({ id }) =>
      visit.api.post(`${PATH}/${id}/sign-outs`, {}, optionsOf(form)),
    ),
  )
  // The link is shown once and kept nowhere, so that its page is the answer itself.
  portal.post('/people/:id/invitations', One, async (visit, form) => {
    const path = `${PATH}/${idOf(visit)}/invitations`
    const { link } = await visit.api.post<Static<typeof InvitationMade>>(path, {}, optionsOf(form))
    return await personPage(visit, { link })
  })
}
