import type { JSX } from 'preact'
import type { Held } from '../../../src/contracts/codes.ts'
import { Banner } from '../parts/blocks.tsx'
import { PostForm } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { isSensitive } from '../parts/sensitive.ts'
import { useWords } from '../parts/words.ts'
import { WriteForm } from './case-data.tsx'

interface Given {
  readonly back: string
  readonly category: Held
}

export const AskToOpenPage = ({ back, category }: Given): JSX.Element => {
  const t = useWords()
  return (
    <>
      <h1>{t(`category.${category}`)}</h1>
      <p>{t('data.recorded')}</p>
      {category === 'narrative' && (
        <Banner look="wait" icon="info" title={t('data.heavy')}>
          <p>{t('data.heavy.text')}</p>
        </Banner>
      )}
      {category !== 'narrative' && isSensitive(category) && (
        <Banner look="wait" icon="lock">
          <p>{t('data.sensitive')}</p>
        </Banner>
      )}
      <PostForm action={`${back}/data/${category}`}>
        <div class="actions tall">
          <button class="button main">
            <Icon name="lock" />
            {t('data.open')}
          </button>
          <a class="button" href={back}>
            {t('form.back')}
          </a>
        </div>
      </PostForm>
    </>
  )
}

/** A field's name as people would say it: codes of HTCDS lose their prefix. */
const fieldName = (name: string): string => {
  const words = name
    .replace(/^[a-z]{2,4}_(?=[A-Z])/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase()
}

export const Content = ({ value }: { readonly value: unknown }): JSX.Element => {
  const t = useWords()
  if (Array.isArray(value)) {
    return (
      <ul>
        {value.map((each, index) => (
          <li key={index}>
            <Content value={each} />
          </li>
        ))}
      </ul>
    )
  }
  if (typeof value === 'object' && value !== null) {
    return (
      <dl class="facts">
        {Object.entries(value).map(([name, each]) => (
          <div key={name}>
            <dt>{fieldName(name)}</dt>
            <dd>
              <Content value={each} />
            </dd>
          </div>
        ))}
      </dl>
    )
  }
  if (typeof value === 'boolean') return <>{t(value ? 'yes' : 'no')}</>
  return <>{value === null ? t('none') : String(value)}</>
}

/** The content, here and nowhere kept. */
export const OpenedPage = (
  given: Given & {
    readonly data: unknown
    /** Where the reader may also write: the same as lines, and the version that was read. */
    readonly edit?: { readonly lines: string; readonly version: number }
  },
): JSX.Element => {
  const { back, category, data, edit } = given
  const t = useWords()
  return (
    <>
      <h1>{t(`category.${category}`)}</h1>
      <p class="soft">{t('data.was_recorded')}</p>
      <div class="card">
        <Content value={data} />
      </div>
      <div class="actions">
        <a class="button main" href={back}>
          {t('data.close')}
        </a>
      </div>
      {edit !== undefined && (
        <details>
          <summary>{t('form.change')}</summary>
          <WriteForm
            id={back.replace('/cases/', '')}
            category={category}
            version={edit.version}
            lines={edit.lines}
            wrong={[]}
          />
        </details>
      )}
    </>
  )
}
