import type { JSX } from 'preact'
import { SCOPES } from '../../../src/contracts/codes.ts'
import { pathWith } from '../all-pages.ts'
import { Facts } from '../parts/blocks.tsx'
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
import { HUB_ROLES } from './people.tsx'

export const KINDS = ['agency', 'program', 'agency_key', 'provider', 'hub_person'] as const
export type Kind = (typeof KINDS)[number]

/** What the agency's own key signs, with its header and its claims. */
export interface ToSign {
  readonly iss: string
  readonly aud: string
  readonly challenge: string
  readonly until: string
}

export const ChooseProposalPage = (given: {
  readonly kinds: readonly Kind[]
  readonly agency: string | null
}): JSX.Element => {
  const t = useWords()
  return (
    <>
      <h1>{t('proposal.new')}</h1>
      <p>{t('proposal.text')}</p>
      <ul class="list">
        {given.kinds.map((kind) => (
          <ListLink
            key={kind}
            path={pathWith('/proposals/new', { kind, agency: given.agency })}
            title={t(`proposal.kind.${kind}`)}
          >
            {t(`proposal.kind.${kind}.text`)}
          </ListLink>
        ))}
      </ul>
    </>
  )
}

interface Given {
  readonly kind: Kind
  readonly toSign: ToSign | null
  readonly form: Form | null
  readonly wrong: readonly Wrong[]
}

const useField = ({ form, wrong }: Pick<Given, 'form' | 'wrong'>) => {
  return (name: string) => ({ name, wrong, value: form?.text(name) ?? '' })
}

const Language = ({ form, wrong }: Given): JSX.Element => {
  const t = useWords()
  return (
    <Choices
      type="radio"
      name="language"
      legend={t('people.language')}
      options={(['id', 'en'] as const).map((value) => ({ value, text: t(`language.${value}`) }))}
      chosen={[form?.text('language') ?? 'id']}
      wrong={wrong}
    />
  )
}

/** A private key that was pasted is not given back to the page. */
const KeyField = ({ form, wrong }: Given): JSX.Element => {
  const t = useWords()
  const pasted = form?.text('jwk') ?? ''
  const isKept = !pasted.includes('PRIVATE KEY') && !/"d"\s*:/.test(pasted)
  return (
    <TextField
      name="jwk"
      label={t('key.pasted')}
      hint={t('key.pasted.hint')}
      kind="long"
      maxLength={1000}
      value={isKept ? pasted : ''}
      wrong={wrong}
    />
  )
}

const Signing = ({ toSign }: { readonly toSign: ToSign }): JSX.Element => {
  const t = useWords()
  const claims = { iss: toSign.iss, aud: toSign.aud, challenge: toSign.challenge }
  return (
    <section aria-labelledby="sign">
      <h2 id="sign">{t('key.sign')}</h2>
      <p>{t('key.sign.text', { until: toSign.until })}</p>
      <Facts
        facts={[
          { name: t('key.sign.header'), value: 'alg ES256, typ agency-key-proof+jwt, kid' },
          ...Object.entries(claims).map(([name, value]) => ({
            name,
            value: <span class="code whole">{value}</span>,
          })),
          { name: 'iat', value: t('key.sign.iat') },
        ]}
      />
    </section>
  )
}

const Fields = (given: Given): JSX.Element => {
  const { kind, toSign, form, wrong } = given
  const t = useWords()
  const field = useField(given)
  switch (kind) {
    case 'agency':
      return (
        <>
          <TextField
            {...field('supervisor')}
            label={t('proposal.supervisor')}
            hint={t('people.name.hint')}
            maxLength={120}
          />
          <Language {...given} />
        </>
      )
    case 'program':
      return (
        <>
          <TextField
            {...field('client_id')}
            label={t('proposal.client')}
            hint={t('proposal.client.hint')}
            maxLength={63}
          />
          <KeyField {...given} />
          <Choices
            type="checkbox"
            name="scopes"
            legend={t('program.scopes')}
            options={SCOPES.map((value) => ({ value, text: t(`scope.${value}`) }))}
            chosen={form?.list('scopes') ?? []}
            wrong={wrong}
          />
        </>
      )
    case 'provider':
      return (
        <>
          <TextField
            {...field('handle')}
            label={t('proposal.handle')}
            hint={t('proposal.handle.hint')}
            maxLength={63}
          />
          <TextField {...field('issuer')} label={t('proposal.issuer')} maxLength={310} />
          <TextField {...field('client_id')} label={t('proposal.client')} maxLength={200} />
          <Choices
            type="radio"
            name="active"
            legend={t('proposal.provider.active')}
            options={(['yes', 'no'] as const).map((value) => ({ value, text: t(value) }))}
            chosen={[form?.text('active') ?? 'yes']}
            wrong={wrong}
          />
        </>
      )
    case 'hub_person':
      return (
        <>
          <TextField
            {...field('display_name')}
            label={t('people.name')}
            hint={t('people.name.hint')}
            maxLength={120}
          />
          <Choices
            type="radio"
            name="role"
            legend={t('people.roles')}
            options={HUB_ROLES.map((role) => ({
              value: role,
              text: t(`role.${role}`),
              hint: t(`role.${role}.may`),
            }))}
            chosen={form?.list('role') ?? []}
            wrong={wrong}
          />
        </>
      )
    case 'agency_key':
      return (
        <>
          {toSign !== null && <Signing toSign={toSign} />}
          <KeyField {...given} />
          <TextField
            {...field('proof')}
            label={t('key.proof')}
            hint={t('key.proof.hint')}
            kind="long"
            maxLength={2000}
          />
        </>
      )
  }
}

export const NewProposalPage = (given: {
  readonly kind: Kind
  readonly agency: string | null
  /** To choose from; empty: there is nothing to choose. */
  readonly agencies: readonly Option[]
  readonly toSign: ToSign | null
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { kind, agency, agencies, toSign, trouble, form } = given
  const { wrong } = trouble
  const t = useWords()
  return (
    <>
      <Told {...trouble} />
      <h1>{t(`proposal.kind.${kind}`)}</h1>
      <p>{t(`proposal.kind.${kind}.text`)}</p>
      <PostForm action="/proposals/new">
        <input type="hidden" name="kind" value={kind} />
        {agencies.length > 0 && (
          <SelectField
            name="agency"
            label={t('account.agency')}
            options={agencies}
            any={t('agency.choose')}
            {...(agency === null ? {} : { value: agency })}
            wrong={wrong}
          />
        )}
        <Fields kind={kind} toSign={toSign} form={form} wrong={wrong} />
        <Buttons back="/proposals">{t('proposal.make')}</Buttons>
      </PostForm>
    </>
  )
}
