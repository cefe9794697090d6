import { HubError } from '../../../src/client/http.ts'
import { Banner } from '../parts/blocks.tsx'
import type { Key } from '../parts/words.ts'
import type { PageView, Visit } from '../visit.ts'

const codeOf = (error: unknown): { code: string; status: number } => {
  if (error instanceof HubError) return { code: error.code, status: error.status ?? 503 }
  const known = error as { code?: unknown }
  if (known.code === 'not_found') return { code: 'not_found', status: 404 }
  if (known.code === 'foreign_origin') return { code: 'foreign_origin', status: 403 }
  return { code: 'internal', status: 500 }
}

const titleOf = (status: number): Key => {
  if (status === 404) return 'error.not_found'
  if (status === 403) return 'error.not_permitted'
  if (status === 409) return 'error.changed'
  return status >= 500 ? 'error.failed' : 'error.refused'
}

/** What happened, and what to do. The hub's own words where it said some. */
export const errorView = (visit: Visit, error: unknown): PageView => {
  const { t } = visit
  const { status } = codeOf(error)
  const title = titleOf(status)
  const told = error instanceof HubError ? error.problem['detail'] : undefined
  const detail = typeof told === 'string' && status !== 503 ? told : t(`${title}.text` as Key)
  const errors = error instanceof HubError ? error.errors : []
  return {
    kind: 'page',
    title,
    status: status === 400 ? 422 : status,
    body: (
      <>
        <h1>{t(title)}</h1>
        <Banner look={status >= 500 ? 'late' : 'wait'} icon="warn" role="alert">
          <p>{detail}</p>
          {errors.length > 0 && (
            <ul>
              {errors.map(({ field, message }) => (
                <li key={field}>{message}</li>
              ))}
            </ul>
          )}
        </Banner>
        <p>
          <a class="button" href="/">
            {t('error.start')}
          </a>
        </p>
      </>
    ),
  }
}
