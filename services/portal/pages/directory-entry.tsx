import type { JSX } from 'preact'
import type { AgencySight, ServiceSight } from '../directory-sight.ts'
import { codeName } from '../htcds-words.ts'
import { Banner, Facts } from '../parts/blocks.tsx'
import { Pill } from '../parts/pill.tsx'
import { Places } from '../parts/places.tsx'
import { OpenPill, ServiceCard } from '../parts/service-card.tsx'
import { useWords } from '../parts/words.ts'

const Hours = ({ sight }: { readonly sight: AgencySight }): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="hours">
      <h2 id="hours">{t('directory.hours')}</h2>
      <p class="soft">{sight.zone}</p>
      <dl class="facts">
        {sight.hours.map(({ day, text }) => (
          <div key={day}>
            <dt>{t(`day.${day}`)}</dt>
            <dd class="tabular">{text === '' ? t('directory.closed') : text}</dd>
          </div>
        ))}
      </dl>
      {sight.holidays.length > 0 && (
        <ul>
          {sight.holidays.map(({ day, name }) => (
            <li key={day}>
              {day}: {name}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** An agency; of a confidential one neither place nor telephone. */
export const AgencyPage = ({ sight }: { readonly sight: AgencySight }): JSX.Element => {
  const t = useWords()
  const { agency } = sight
  const isHidden = agency.confidential
  return (
    <>
      <p class="soft">{t(`agency.${agency.kind}`)}</p>
      <h1>{sight.name}</h1>
      <div class="card-top">
        <OpenPill isOpen={agency.open_now} />
      </div>
      {isHidden && (
        <Banner look="calm" icon="lock" title={t('directory.confidential')}>
          <p>{t('directory.confidential_text')}</p>
        </Banner>
      )}
      <Facts
        facts={[
          { name: t(isHidden ? 'directory.serves' : 'referral.area'), value: sight.area },
          ...(agency.phone === null || isHidden
            ? []
            : [
                {
                  name: t('directory.phone'),
                  value: <a href={`tel:${agency.phone}`}>{agency.phone}</a>,
                },
              ]),
          ...(isHidden
            ? []
            : sight.contacts.map(({ title, lines }) => ({ name: title, value: lines.join(', ') }))),
        ]}
      />
      <section aria-labelledby="services">
        <h2 id="services">{t('directory.services')}</h2>
        {sight.services.length === 0 && <p class="soft">{t('none')}</p>}
        <ul class="cards">
          {sight.services.map((service) => (
            <ServiceCard key={service.service.id} sight={service} />
          ))}
        </ul>
      </section>
      <Hours sight={sight} />
    </>
  )
}

/** One service: what it takes, what it needs to know, and what it has left. */
export const ServiceInfoPage = ({ sight }: { readonly sight: ServiceSight }): JSX.Element => {
  const t = useWords()
  const { service } = sight
  const any = t('directory.any')
  const list = (words: readonly string[], none: string): string =>
    words.length === 0 ? none : words.join(', ')
  return (
    <>
      <p class="soft">{t(`purpose.${service.stage}`)}</p>
      <h1>{sight.name}</h1>
      <div class="card-top">
        <OpenPill isOpen={service.open_now} isAlways={service.always_open} />
        {service.confidential && (
          <Pill look="quiet" icon="lock" text={t('directory.confidential')} />
        )}
      </div>
      {sight.summary !== '' && <p>{sight.summary}</p>}
      <p>
        <a href={`/directory/agencies/${service.agency}`}>{sight.agency}</a>
      </p>
      <section aria-labelledby="places">
        <h2 id="places">{t('place.title')}</h2>
        {sight.places.length === 0 ? (
          <p class="soft">{t('place.none')}</p>
        ) : (
          <Places places={sight.places} />
        )}
      </section>
      <h2>{t('directory.takes')}</h2>
      <Facts
        facts={[
          { name: t('directory.serves'), value: sight.areas },
          {
            name: t('send.urgency'),
            value: service.urgencies.map((code) => t(`urgency.${code}`)).join(', '),
          },
          {
            name: t('referral.needs'),
            value: list(
              service.needs.map((code) => t(`need.${code}`)),
              t('none'),
            ),
          },
          { name: t('referral.languages'), value: sight.languages },
          {
            name: t('referral.age'),
            value: list(
              service.age_bands.map((code) => t(`age.${code}`)),
              any,
            ),
          },
          {
            name: t('directory.gender'),
            value: list(
              service.genders.map((code) => codeName(t.language, code, undefined)),
              any,
            ),
          },
          {
            name: t('directory.minimum'),
            value: list(
              service.minimum_categories.map((code) => t(`category.${code}`)),
              t('none'),
            ),
          },
        ]}
      />
    </>
  )
}
