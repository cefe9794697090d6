import type { JSX } from 'preact'
import { HELD, type Held } from '../../../src/contracts/codes.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { ErrorSummary, PostForm, TextField, type Wrong } from '../parts/fields.tsx'
import { isSensitive } from '../parts/sensitive.ts'
import { useWords } from '../parts/words.ts'

export const ChooseCategoryPage = (given: {
  readonly id: string
  readonly held: readonly string[]
}): JSX.Element => {
  const { id, held } = given
  const t = useWords()
  return (
    <>
      <h1>{t('casedata.choose')}</h1>
      <ul class="list">
        {HELD.map((category) => (
          <li key={category}>
            <a href={`/cases/${id}/${held.includes(category) ? 'data' : 'write'}/${category}`}>
              <span>{t(`category.${category}`)}</span>
              {isSensitive(category) && <span class="soft small">{t('category.sensitive')}</span>}
            </a>
          </li>
        ))}
      </ul>
      <p>
        <a class="button" href={`/cases/${id}`}>
          {t('form.back')}
        </a>
      </p>
    </>
  )
}

interface WriteGiven {
  readonly id: string
  readonly category: Held
  readonly version: number
  readonly lines: string
  readonly wrong: readonly Wrong[]
}

export const WriteForm = (given: WriteGiven): JSX.Element => {
  const { id, category, version, lines, wrong } = given
  const t = useWords()
  return (
    <PostForm action={`/cases/${id}/write/${category}`}>
      <input type="hidden" name="version" value={String(version)} />
      <TextField
        kind="long"
        name="lines"
        label={t('casedata.lines')}
        hint={t('casedata.hint')}
        value={lines}
        maxLength={20_000}
        wrong={wrong}
      />
      <Buttons back={`/cases/${id}`}>{t('form.save')}</Buttons>
    </PostForm>
  )
}

export const WriteDataPage = (given: WriteGiven): JSX.Element => {
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={given.wrong} />
      <h1>{t(`category.${given.category}`)}</h1>
      {given.version > 0 && (
        <Banner look="wait" icon="info">
          <p>{t('casedata.replace')}</p>
        </Banner>
      )}
      <WriteForm {...given} />
    </>
  )
}
