import type { JSX } from 'preact'
import {
  CATEGORIES,
  CONSENT_METHODS,
  GUARDIAN_STATES,
  SENSITIVE,
  type Category,
} from '../../../src/contracts/codes.ts'
import { GUARDIAN_RELATIONS } from '../../../src/contracts/consent.ts'
import type { GrantSight } from '../case-sight.ts'
import { NOTICE } from '../consent-form.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { DayFields } from '../parts/day-fields.tsx'
import { Choices, ErrorSummary, PostForm, type Wrong } from '../parts/fields.tsx'
import { Progress } from '../parts/progress.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'

/** How the survivor said it; for a child also who decides with the child. */
export const HowSaid = (given: {
  readonly isMinor: boolean
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { isMinor, wrong, form } = given
  const t = useWords()
  return (
    <>
      <Choices
        type="radio"
        name="method"
        legend={t('consent.method')}
        options={CONSENT_METHODS.map((value) => ({ value, text: t(`method.${value}`) }))}
        chosen={form?.list('method') ?? []}
        wrong={wrong}
      />
      <Choices
        type="checkbox"
        name="interpreter"
        legend={t('consent.interpreter')}
        options={[{ value: 'yes', text: t('consent.interpreter_yes') }]}
        chosen={form?.list('interpreter') ?? []}
      />
      {isMinor && (
        <>
          <Choices
            type="radio"
            name="guardian.relation"
            legend={t('guardian.relation')}
            options={GUARDIAN_RELATIONS.map((value) => ({ value, text: t(`relation.${value}`) }))}
            chosen={form?.list('guardian.relation') ?? []}
            wrong={wrong}
          />
          <Choices
            type="radio"
            name="guardian.state"
            legend={t('guardian.state')}
            options={GUARDIAN_STATES.map((value) => ({ value, text: t(`guardian.${value}`) }))}
            chosen={form?.list('guardian.state') ?? []}
            wrong={wrong}
          />
          <Choices
            type="checkbox"
            name="assent"
            legend={t('guardian.assent')}
            options={[{ value: 'yes', text: t('guardian.assent_yes') }]}
            chosen={form?.list('assent') ?? []}
            wrong={wrong}
          />
          <DayFields
            name="turns_18_on"
            legend={t('guardian.birthday')}
            wrong={wrong}
            value={form?.text}
          />
        </>
      )}
    </>
  )
}

export const Notice = (): JSX.Element => {
  const t = useWords()
  return (
    <div class="card">
      <h2>{t('notice.title')}</h2>
      {NOTICE.map((key) => (
        <p key={key}>{t(key)}</p>
      ))}
    </div>
  )
}

interface ConsentGiven {
  readonly agency: string
  readonly held: readonly Category[]
  readonly minimum: readonly Category[]
  readonly standing: GrantSight | null
  readonly isMinor: boolean
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}

/** Toggles, all off: each is a question to the survivor, with why it is asked. */
export const SendConsentPage = (given: ConsentGiven): JSX.Element => {
  const { agency, held, minimum, standing, wrong, form } = given
  const t = useWords()
  const offered = CATEGORIES.filter(
    (category) => held.includes(category) || minimum.includes(category),
  )
  const missing = minimum.filter((category) => !held.includes(category))
  const hintOf = (category: Category): string =>
    [
      minimum.includes(category) ? t('send.needed_by_service') : t('send.why'),
      SENSITIVE.includes(category) ? t('send.sensitive') : '',
    ].join(' ')
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <Progress page={3} />
      <h1>{t('send.consent')}</h1>
      <Notice />
      {standing !== null && (
        <Banner look="calm" icon="info">
          <p>
            {t('send.standing', {
              day: standing.until,
              what: standing.grant.categories
                .map((category) => t(`category.${category}`))
                .join(', '),
            })}
          </p>
        </Banner>
      )}
      {missing.length > 0 && (
        <Banner look="wait" icon="warn">
          <p>
            {t('send.missing', {
              what: missing.map((category) => t(`category.${category}`)).join(', '),
            })}
          </p>
        </Banner>
      )}
      <PostForm action="/send/consent">
        <Choices
          type="checkbox"
          name="categories"
          legend={t('send.may', { agency })}
          options={offered.map((category) => ({
            value: category,
            text: t(`category.${category}`),
            hint: hintOf(category),
            isSensitive: SENSITIVE.includes(category),
          }))}
          chosen={form?.list('categories') ?? []}
          wrong={wrong}
        />
        <HowSaid isMinor={given.isMinor} wrong={wrong} form={form} />
        <Buttons back="/send/service">{t('form.next')}</Buttons>
      </PostForm>
    </>
  )
}
