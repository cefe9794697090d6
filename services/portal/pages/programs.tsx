import type { JSX } from 'preact'
import type { ProgramRead } from '../../../src/contracts/identity.ts'
import { pathWith } from '../all-pages.ts'
import { Empty, Facts, Head, More } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { Fingerprint } from '../parts/fingerprint.tsx'
import { Pill } from '../parts/pill.tsx'
import { Told, type Trouble } from '../parts/trouble.tsx'
import { useWords } from '../parts/words.ts'

export interface ProgramSight {
  readonly program: ProgramRead
  /** When what was agreed to counts; null: nothing waits. */
  readonly waits: string | null
  /** Name of the agency whose it is. */
  readonly agency: string
}

const Card = (given: {
  readonly sight: ProgramSight
  readonly agency: string | null
}): JSX.Element => {
  const { program, waits, agency } = given.sight
  const { id, active, scopes, fingerprint, version } = program
  const t = useWords()
  return (
    <li class="card">
      <div class="card-top">
        <Pill
          look={active ? 'good' : 'quiet'}
          icon={active ? 'check' : 'cross'}
          text={t(active ? 'program.on' : 'program.off')}
        />
        <span class="small soft">{agency}</span>
      </div>
      <h2 class="code whole">{id}</h2>
      <Facts
        facts={[
          {
            name: t('program.scopes'),
            value: scopes.map((scope) => t(`scope.${scope}`)).join(', '),
          },
          { name: t('key.fingerprint'), value: <Fingerprint text={fingerprint} /> },
        ]}
      />
      {program.waiting !== null && waits !== null && (
        <>
          <p>{t('program.waits', { at: waits })}</p>
          <Facts
            facts={[
              {
                name: t('program.scopes'),
                value: program.waiting.scopes.map((scope) => t(`scope.${scope}`)).join(', '),
              },
              {
                name: t('key.fingerprint'),
                value: <Fingerprint text={program.waiting.fingerprint} />,
              },
            ]}
          />
        </>
      )}
      <PostForm action={pathWith(`/programs/${id}`, { agency: given.agency })}>
        <input type="hidden" name="version" value={version} />
        <p class="small soft">{t(active ? 'program.stop.text' : 'program.start.text')}</p>
        <button class="button" name="active" value={active ? 'no' : 'yes'}>
          {t(active ? 'program.stop' : 'program.start')}
          <span class="hidden-words"> {id}</span>
        </button>
      </PostForm>
    </li>
  )
}

export const ProgramsPage = (given: {
  readonly sights: readonly ProgramSight[]
  /** The agency that an administrator looks at; null: all, or one's own. */
  readonly agency: string | null
  readonly isHub: boolean
  readonly next: string | null
  readonly trouble: Trouble
}): JSX.Element => {
  const { sights, agency, next, trouble } = given
  const t = useWords()
  return (
    <>
      <Told {...trouble} />
      <Head title={t('program.title')} />
      <p id="programs">{t('program.text')}</p>
      {sights.length === 0 ? (
        <Empty icon="lock" text={t('program.empty')} />
      ) : (
        <ul class="cards">
          {sights.map((sight) => (
            <Card key={sight.program.id} sight={sight} agency={agency} />
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : pathWith('/programs', { agency, after: next })}
        text={t('list.more')}
      />
      <div class="actions tall">
        <a class="button main" href={pathWith('/proposals/new', { kind: 'program', agency })}>
          {t('program.propose')}
        </a>
      </div>
    </>
  )
}
