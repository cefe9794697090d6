import type { JSX } from 'preact'
import type { AgencyKey, AgencyKeySet } from '../../../src/contracts/agency-key.ts'
import { Facts, Head, type Fact } from '../parts/blocks.tsx'
import { Fingerprint } from '../parts/fingerprint.tsx'
import type { IconName } from '../parts/icon.tsx'
import { Pill, type Look } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'

/** A key, with its instants in words and the names of those who have not confirmed its end. */
export interface KeySight {
  readonly key: AgencyKey
  readonly live: string | null
  readonly ended: string | null
  /** Until when a revoked key was surely in no wrong hands. */
  readonly safe: string | null
  readonly unreached: readonly string[]
}
/** `fingerprint` null: whoever looks is to hear it from the agency. */
export interface WaitingSight {
  readonly key: AgencyKeySet['waiting'][number]
  readonly since: string
  readonly live: string | null
  readonly fingerprint: string | null
}

const LOOKS: Readonly<Record<AgencyKey['state'], readonly [Look, IconName]>> = {
  live: ['good', 'check'],
  retired: ['quiet', 'dash'],
  revoked: ['late', 'cross'],
}

const EndLink = (given: { readonly agency: string; readonly kid: string }): JSX.Element => (
  <p>
    <a href={`/agencies/${given.agency}/keys/${given.kid}/end`}>{useWords()('key.end')}</a>
  </p>
)

const KeyCard = (given: {
  readonly sight: KeySight
  readonly agency: string
  readonly mayEnd: boolean
}): JSX.Element => {
  const { key, live, ended, safe, unreached } = given.sight
  const t = useWords()
  const [look, icon] = LOOKS[key.state]
  const facts: Fact[] = []
  if (key.fingerprint !== null) {
    facts.push({ name: t('key.fingerprint'), value: <Fingerprint text={key.fingerprint} /> })
  }
  if (live !== null) facts.push({ name: t('key.since'), value: live })
  if (ended !== null) facts.push({ name: t('key.ended'), value: ended })
  if (key.state === 'revoked') {
    facts.push({ name: t('key.safe'), value: safe ?? t('key.safe.never') })
  }
  if (key.told !== null) {
    const { confirmed, holders } = key.told
    facts.push({ name: t('key.told'), value: t('key.told.count', { confirmed, holders }) })
  }
  if (unreached.length > 0) facts.push({ name: t('key.unreached'), value: unreached.join(', ') })
  return (
    <li class="card">
      <div class="card-top">
        <Pill look={look} icon={icon} text={t(`key.state.${key.state}`)} />
      </div>
      <h2>{t(`key.custody.${key.custody}`)}</h2>
      <p>{t(`key.custody.${key.custody}.text`)}</p>
      {facts.length > 0 && <Facts facts={facts} />}
      {given.mayEnd && key.custody === 'agency' && key.state !== 'revoked' && (
        <EndLink agency={given.agency} kid={key.kid} />
      )}
    </li>
  )
}

const WaitingCard = (given: {
  readonly sight: WaitingSight
  readonly agency: string
  readonly mayEnd: boolean
}): JSX.Element => {
  const { key, since, live, fingerprint } = given.sight
  const t = useWords()
  return (
    <li class="card">
      <div class="card-top">
        <Pill look="wait" icon="clock" text={t(`key.state.${key.state}`)} />
      </div>
      <h2>{t('key.custody.agency')}</h2>
      <Facts
        facts={[
          {
            name: t('key.fingerprint'),
            value:
              fingerprint === null ? (
                t('key.fingerprint.heard')
              ) : (
                <Fingerprint text={fingerprint} />
              ),
          },
          live === null
            ? { name: t('key.proposed'), value: since }
            : { name: t('key.counts'), value: live },
        ]}
      />
      {given.mayEnd && key.state === 'cooling' && <EndLink agency={given.agency} kid={key.kid} />}
    </li>
  )
}

export const AgencyKeysPage = (given: {
  readonly agency: string
  readonly name: string
  readonly keys: readonly KeySight[]
  readonly waiting: readonly WaitingSight[]
  readonly mayEnd: boolean
}): JSX.Element => {
  const { agency, name, keys, waiting, mayEnd } = given
  const t = useWords()
  return (
    <>
      <Head title={t('key.title')}>
        <span class="soft">{name}</span>
      </Head>
      <p>{t('key.text')}</p>
      <ul class="cards">
        {waiting.map((sight) => (
          <WaitingCard key={sight.key.kid} sight={sight} agency={agency} mayEnd={mayEnd} />
        ))}
        {keys.map((sight) => (
          <KeyCard key={sight.key.kid} sight={sight} agency={agency} mayEnd={mayEnd} />
        ))}
      </ul>
      {mayEnd && (
        <div class="actions tall">
          <a class="button main" href={`/proposals/new?kind=agency_key&agency=${agency}`}>
            {t('key.propose')}
          </a>
        </div>
      )}
    </>
  )
}
