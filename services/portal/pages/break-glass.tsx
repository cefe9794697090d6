import type { JSX } from 'preact'
import {
  GLASS_OUTCOMES,
  GLASS_REASONS,
  type GlassRead,
} from '../../../src/contracts/break-glass.ts'
import { CATEGORIES, type Category } from '../../../src/contracts/codes.ts'
import { Banner, Empty, Facts, More, Tabs, type Fact } from '../parts/blocks.tsx'
import { Buttons } from '../parts/buttons.tsx'
import { Choices, PostForm, TextField, type Wrong } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { referenceOf } from '../parts/reference.ts'
import { isSensitive } from '../parts/sensitive.ts'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'

export type GlassSide = 'agency' | 'owner'
export interface GlassSight {
  readonly glass: GlassRead
  readonly agency: string
  readonly owner: string
  /** Instants of the request in words. */
  readonly lapses: string
  readonly ends: string | null
  readonly due: string | null
  readonly may: {
    readonly approve: boolean
    readonly open: boolean
    readonly end: boolean
    readonly review: boolean
    readonly words: boolean
  }
}
export const AskGlassPage = (given: {
  readonly referral: string
  readonly trouble: Trouble
  readonly form: Form | null
}): JSX.Element => {
  const { referral, trouble, form } = given
  const t = useWords()
  return (
    <>
      <Told {...trouble} />
      <h1>{t('glass.title')}</h1>
      <Banner look="late" icon="warn" title={t('glass.not_consent')}>
        <p>{t('glass.text')}</p>
      </Banner>
      <PostForm action={`/referrals/${referral}/break-glass`}>
        <Choices
          type="radio"
          name="reason"
          legend={t('glass.reason')}
          options={GLASS_REASONS.map((value) => ({ value, text: t(`glass.reason.${value}`) }))}
          chosen={form?.list('reason') ?? []}
          wrong={trouble.wrong}
        />
        <Choices
          type="checkbox"
          name="categories"
          legend={t('glass.categories')}
          options={CATEGORIES.map((value) => ({
            value,
            text: t(`category.${value}`),
            ...(isSensitive(value) ? { isSensitive: true } : {}),
          }))}
          chosen={form?.list('categories') ?? []}
          wrong={trouble.wrong}
        />
        <TextField
          name="text"
          label={t('glass.words')}
          hint={t('glass.words.hint')}
          kind="long"
          maxLength={2000}
          value={form?.text('text') ?? ''}
          wrong={trouble.wrong}
        />
        <Buttons back={`/referrals/${referral}`}>{t('glass.ask')}</Buttons>
      </PostForm>
    </>
  )
}

export const GlassListPage = (given: {
  readonly side: GlassSide
  readonly sights: readonly GlassSight[]
  readonly next: string | null
}): JSX.Element => {
  const { side, sights, next } = given
  const t = useWords()
  const path = (of: GlassSide): string => `/break-glass?side=${of}`
  return (
    <>
      <h1>{t('glass.title')}</h1>
      <p>{t('glass.text')}</p>
      <Tabs
        label={t('glass.title')}
        tabs={[
          { path: path('agency'), text: t('glass.own'), isHere: side === 'agency' },
          { path: path('owner'), text: t('glass.owned'), isHere: side === 'owner' },
        ]}
      />
      {sights.length === 0 ? (
        <Empty icon="shield" text={t('glass.empty')} />
      ) : (
        <ul class="list">
          {sights.map(({ glass, agency }) => (
            <li key={glass.id}>
              <a href={`/break-glass/${glass.id}`}>
                <span>
                  <b>{t(`glass.state.${glass.state}`)}</b>{' '}
                  <span class="code">{referenceOf(glass.referral)}</span>
                  <br />
                  <span class="soft small">{agency}</span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <More path={next === null ? null : `${path(side)}&after=${next}`} text={t('list.more')} />
    </>
  )
}

const useFacts = ({ glass, agency, owner, lapses, ends, due }: GlassSight): readonly Fact[] => {
  const t = useWords()
  const facts: Fact[] = [
    { name: t('referral.title'), value: <span class="code">{referenceOf(glass.referral)}</span> },
    { name: t('glass.state'), value: t(`glass.state.${glass.state}`) },
    { name: t('glass.agency'), value: agency },
    { name: t('glass.owner'), value: owner },
    {
      name: t('data.title'),
      value: glass.categories.map((category) => t(`category.${category}`)).join(', '),
    },
  ]
  if (glass.reason !== null) {
    facts.push({ name: t('glass.reason'), value: t(`glass.reason.${glass.reason}`) })
  }
  if (glass.state === 'asked') facts.push({ name: t('glass.lapses'), value: lapses })
  if (ends !== null) facts.push({ name: t('glass.ends'), value: ends })
  if (glass.outcome !== null) {
    facts.push({ name: t('glass.outcome'), value: t(`glass.outcome.${glass.outcome}`) })
  } else if (due !== null) {
    facts.push({ name: t('glass.review_due'), value: due })
  }
  return facts
}

const Act = (given: {
  readonly path: string
  readonly version: number
  readonly text: string
  readonly isMain?: true
}): JSX.Element => (
  <PostForm action={given.path}>
    <input type="hidden" name="version" value={given.version} />
    <div class="actions tall">
      <button class={given.isMain === true ? 'button main' : 'button'}>{given.text}</button>
    </div>
  </PostForm>
)

const Review = (given: {
  readonly path: string
  readonly version: number
  /** Of what was erased no word is kept. */
  readonly isErased: boolean
  readonly form: Form | null
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { path, version, isErased, form, wrong } = given
  const t = useWords()
  return (
    <PostForm action={`${path}/review`}>
      <input type="hidden" name="version" value={version} />
      <Choices
        type="radio"
        name="outcome"
        legend={t('glass.outcome')}
        options={GLASS_OUTCOMES.map((value) => ({ value, text: t(`glass.outcome.${value}`) }))}
        chosen={form?.list('outcome') ?? []}
        wrong={wrong}
      />
      {isErased ? (
        <p>{t('glass.review.erased')}</p>
      ) : (
        <TextField
          name="note"
          label={t('glass.review.note')}
          hint={t('glass.words.hint')}
          kind="long"
          maxLength={2000}
          value={form?.text('note') ?? ''}
          wrong={wrong}
        />
      )}
      <Buttons back="/break-glass">{t('glass.review')}</Buttons>
    </PostForm>
  )
}

const Opening = (given: { readonly path: string; readonly category: Category }): JSX.Element => {
  const t = useWords()
  return (
    <li>
      <PostForm action={`${given.path}/data/${given.category}`}>
        <div class="row">
          <span>{t(`category.${given.category}`)}</span>
          <button class="button">
            <Icon name="lock" />
            {t('data.open')}
            <span class="hidden-words"> {t(`category.${given.category}`)}</span>
          </button>
        </div>
      </PostForm>
    </li>
  )
}

export const GlassPageOf = (given: {
  readonly sight: GlassSight
  readonly trouble: Trouble
  readonly form: Form | null
  readonly words: { readonly text: string; readonly review: string | null } | null
}): JSX.Element => {
  const { sight, trouble, form, words } = given
  const { glass, may } = sight
  const t = useWords()
  const path = `/break-glass/${glass.id}`
  const { version } = glass
  return (
    <>
      <Told {...trouble} />
      <h1>{t('glass.title')}</h1>
      <p>
        <b>{t('glass.not_consent')}</b> {t('glass.text')}
      </p>
      <Facts facts={useFacts(sight)} />
      {words !== null && (
        <div class="card">
          <h2>{t('glass.words')}</h2>
          <p>{words.text}</p>
          {words.review !== null && (
            <>
              <h2>{t('glass.words.review')}</h2>
              <p>{words.review}</p>
            </>
          )}
        </div>
      )}
      {may.words && words === null && (
        <Act path={`${path}/words`} version={version} text={t('glass.words.read')} />
      )}
      {may.approve && (
        <>
          <p>{t('glass.approve.text')}</p>
          <Act path={`${path}/approve`} version={version} text={t('glass.approve')} isMain />
        </>
      )}
      {may.open && (
        <section aria-labelledby="open">
          <h2 id="open">{t('data.title')}</h2>
          <p class="soft">{t('data.recorded')}</p>
          <ul class="list">
            {glass.categories.map((category) => (
              <Opening key={category} path={path} category={category} />
            ))}
          </ul>
        </section>
      )}
      {may.end && <Act path={`${path}/end`} version={version} text={t('glass.end')} />}
      {may.review && (
        <section aria-labelledby="review">
          <h2 id="review">{t('glass.review.title')}</h2>
          <Review
            path={path}
            version={version}
            isErased={glass.reason === null}
            form={form}
            wrong={trouble.wrong}
          />
        </section>
      )}
    </>
  )
}
