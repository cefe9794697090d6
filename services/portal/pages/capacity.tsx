import type { JSX } from 'preact'
import type { Unit } from '../../../src/contracts/capacity.ts'
import { UNITS } from '../../../src/contracts/capacity.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Empty } from '../parts/blocks.tsx'
import {
  ErrorSummary,
  PostForm,
  SelectField,
  TextField,
  type Option,
  type Wrong,
} from '../parts/fields.tsx'
import { Places } from '../parts/places.tsx'
import { referenceOf } from '../parts/reference.ts'
import { useWords } from '../parts/words.ts'
import type { PlaceSight } from '../place-sight.ts'
import type { Form } from '../visit.ts'

export interface CountedSight {
  readonly name: string
  readonly sight: PlaceSight
}

export interface HoldSight {
  readonly referral: string
  readonly unit: Unit
  readonly service: string
  readonly until: string
  readonly isOurs: boolean
}

const CountForm = (given: {
  readonly counted: CountedSight
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { counted, wrong } = given
  const t = useWords()
  const { place } = counted.sight
  const name = `available-${place.service}-${place.unit}`
  return (
    <PostForm action="/capacity">
      <input type="hidden" name="service" value={place.service} />
      <input type="hidden" name="unit" value={place.unit} />
      <input type="hidden" name="version" value={String(place.version)} />
      <div class="count-now">
        <TextField
          name={name}
          label={t('place.empty_now', { unit: t(`unit.${place.unit}`) })}
          value={String(place.available)}
          maxLength={6}
          kind="number"
          wrong={wrong}
        />
        <button class="button main">
          {t('place.count')}
          <span class="hidden-words"> {counted.name}</span>
        </button>
      </div>
    </PostForm>
  )
}

const Holds = ({ holds }: { readonly holds: readonly HoldSight[] }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="holds">
      <h2 id="holds">{t('hold.title')}</h2>
      {holds.length === 0 ? (
        <p class="soft">{t('hold.empty')}</p>
      ) : (
        <ul class="list">
          {holds.map(({ referral, unit, service, until, isOurs }) => (
            <li key={referral}>
              <a href={`/referrals/${referral}`}>
                <span>
                  <b class="code">{referenceOf(referral)}</b> {service}
                  <br />
                  <span class="soft small">
                    {t(isOurs ? 'hold.ours' : 'hold.for_us', { unit: t(`unit.${unit}`) })}
                    {' · '}
                    {t('hold.until', { at: until })}
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What the agency still has, to be counted in one step, and what is held. */
export const CapacityPage = (given: {
  readonly counted: readonly CountedSight[]
  readonly holds: readonly HoldSight[]
  readonly maySet: boolean
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { counted, holds, maySet, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('place.mine')}</h1>
      <p>{t('place.mine_text')}</p>
      {counted.length === 0 ? (
        <Empty icon="directory" text={t('place.mine_empty')} />
      ) : (
        <ul class="cards">
          {counted.map((each) => {
            const { place } = each.sight
            return (
              <li key={`${place.service}-${place.unit}`} class="card">
                <h2>{each.name}</h2>
                <Places places={[each.sight]} />
                <CountForm counted={each} wrong={wrong} />
                {maySet && (
                  <ul class="links">
                    <li>
                      <a href={`/capacity/${place.service}/${place.unit}`}>
                        {t('place.change')}
                        <span class="hidden-words"> {each.name}</span>
                      </a>
                    </li>
                  </ul>
                )}
              </li>
            )
          })}
        </ul>
      )}
      <ul class="links">
        {maySet && (
          <li>
            <a href="/capacity/new">{t('place.begin')}</a>
          </li>
        )}
        <li>
          <a href="/v1/directory/capacity/history.csv">{t('place.history')}</a>
        </li>
      </ul>
      <Holds holds={holds} />
    </>
  )
}

/** Which service begins to count what. */
export const BeginCountPage = (given: {
  readonly services: readonly Option[]
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { services, wrong } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('place.begin')}</h1>
      <form method="post" action="/capacity/new">
        <SelectField name="service" label={t('place.service')} options={services} wrong={wrong} />
        <SelectField
          name="unit"
          label={t('place.unit')}
          options={UNITS.map((value) => ({ value, text: t(`unit.${value}`) }))}
        />
        <Buttons back="/capacity">{t('form.next')}</Buttons>
      </form>
    </>
  )
}

export const COUNT_FIELDS = ['maximum', 'available', 'fresh_hours', 'hold_hours'] as const

/** How a unit is counted, and how long a place is held. */
export const SetCountPage = (given: {
  readonly service: string
  readonly unit: Unit
  readonly name: string
  readonly version: number | null
  readonly values: Readonly<Record<(typeof COUNT_FIELDS)[number], string>>
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { service, unit, name, version, values, wrong, form } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <p class="soft">{name}</p>
      <h1>{t(`unit.${unit}`)}</h1>
      <PostForm action={`/capacity/${service}/${unit}`}>
        <input type="hidden" name="version" value={version === null ? '' : String(version)} />
        {COUNT_FIELDS.map((field) => (
          <TextField
            key={field}
            name={field}
            kind="number"
            label={t(`count.${field}`)}
            hint={t(`count.${field}.hint`)}
            value={form?.text(field) ?? values[field]}
            maxLength={6}
            wrong={wrong}
          />
        ))}
        <Buttons back="/capacity">{t('form.save')}</Buttons>
      </PostForm>
    </>
  )
}
