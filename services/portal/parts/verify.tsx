import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Type, type Static } from 'typebox'
import { parseBundle } from '../../../src/proof/bundle.ts'
import { parsePolicy } from '../../../src/proof/policy.ts'
import { reportOf } from '../../../src/proof/report.ts'
import type { Verdict } from '../../../src/proof/verdict.ts'
import { verifyBundle } from '../../../src/proof/verify.ts'
import { Banner } from './blocks.tsx'
import { useWords, type Key } from './words.ts'

export const VerifyProps = Type.Object(
  {
    policy: Type.String({
      description: 'Policy to begin with; a key that the hub says is its own',
    }),
    query: Type.String({ description: 'Which selection to ask for; empty: the whole feed' }),
  },
  { additionalProperties: false },
)
export type VerifyProps = Static<typeof VerifyProps>

export const VERIFY_WORDS: readonly Key[] = [
  'verify.not_yet',
  'verify.run',
  'verify.working',
  'verify.good',
  'verify.bad',
  'verify.bad_text',
  'verify.unread',
  'verify.unavailable',
  'verify.policy_wrong',
  'verify.from',
  'verify.to',
  'verify.range_hint',
  'verify.file',
  'verify.policy',
  'verify.policy_hint',
  'verify.report',
  'verify.other_language',
  'verify.case',
]

type Checked =
  | { readonly kind: 'not_yet' | 'working' | 'unread' }
  | { readonly kind: 'unavailable' | 'policy_wrong'; readonly why: string }
  | { readonly kind: 'checked'; readonly verdict: Verdict }

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')

const download = async (query: string): Promise<string> => {
  const response = await fetch(`/v1/audit/bundle${query === '' ? '' : `?${query}`}`)
  const text = await response.text()
  if (response.ok) return text
  const { code, page, detail } = JSON.parse(text) as Partial<Record<string, string>>
  if (code === 'step_up_needed') {
    const back = `${location.pathname}${location.search}`
    location.assign(`${page}?return_to=${encodeURIComponent(back)}`)
  }
  throw new Error(detail ?? String(response.status))
}

/** What a bundle comes to under a policy. What cannot be checked is never called intact. */
const check = async (policyText: string, load: () => Promise<string>): Promise<Checked> => {
  let policy
  try {
    policy = await parsePolicy(policyText)
  } catch (error) {
    return { kind: 'policy_wrong', why: messageOf(error) }
  }
  let text: string
  try {
    text = await load()
  } catch (error) {
    return { kind: 'unavailable', why: messageOf(error) }
  }
  try {
    return { kind: 'checked', verdict: await verifyBundle(parseBundle(text), policy) }
  } catch {
    return { kind: 'unread' }
  }
}

const Report = ({ verdict }: { readonly verdict: Verdict }): JSX.Element => {
  const t = useWords()
  const { language } = t
  const other = language === 'id' ? 'en' : 'id'
  return (
    <section aria-labelledby="report">
      <h3 id="report">{t('verify.report')}</h3>
      <pre class="evidence" data-report={language}>
        {reportOf(verdict, language)}
      </pre>
      <details>
        <summary>{t('verify.other_language')}</summary>
        <pre class="evidence" lang={other} data-report={other}>
          {reportOf(verdict, other)}
        </pre>
      </details>
    </section>
  )
}

const Result = ({ checked }: { readonly checked: Checked }): JSX.Element => {
  const t = useWords()
  switch (checked.kind) {
    case 'not_yet':
    case 'working':
      return (
        <Banner look="calm" icon="info">
          <p>{t(`verify.${checked.kind}`)}</p>
        </Banner>
      )
    case 'policy_wrong':
      return (
        <Banner look="wait" icon="warn">
          <p>{t('verify.policy_wrong', { why: checked.why })}</p>
        </Banner>
      )
    case 'unavailable':
      return (
        <Banner look="wait" icon="warn" title={t('verify.unavailable')}>
          <p>{checked.why}</p>
        </Banner>
      )
    case 'unread':
      return (
        <Banner look="late" icon="warn" title={t('verify.bad')}>
          <p>{t('verify.unread')}</p>
        </Banner>
      )
    case 'checked':
      return checked.verdict.holds ? (
        <Banner look="good" icon="check" title={t('verify.good')} />
      ) : (
        <Banner look="late" icon="warn" title={t('verify.bad')}>
          <p>{t('verify.bad_text')}</p>
        </Banner>
      )
  }
}

const Range = (): JSX.Element => {
  const t = useWords()
  return (
    <>
      <p class="hint">{t('verify.range_hint')}</p>
      <div class="date-parts">
        {(['from', 'to'] as const).map((name) => (
          <div key={name}>
            <label for={`verify-${name}`}>{t(`verify.${name}`)}</label>
            <input
              class="short"
              type="text"
              inputMode="numeric"
              maxLength={15}
              id={`verify-${name}`}
              autoComplete="off"
            />
          </div>
        ))}
      </div>
    </>
  )
}

const rangeOf = (root: HTMLElement | null): string => {
  const query = new URLSearchParams()
  for (const name of ['from', 'to']) {
    const value = root?.querySelector<HTMLInputElement>(`#verify-${name}`)?.value.trim() ?? ''
    if (value !== '') query.set(name, value)
  }
  return query.toString()
}

/** Checks a bundle in this page with nothing but a policy; the hub takes no part in it. */
export const Verify = ({ policy, query }: VerifyProps): JSX.Element => {
  const t = useWords()
  const root = useRef<HTMLDivElement>(null)
  const [isAwake, setAwake] = useState(false)
  const [checked, setChecked] = useState<Checked>({ kind: 'not_yet' })
  useEffect(() => setAwake(true), [])
  const run = (load: () => Promise<string>): void => {
    const given = root.current?.querySelector('textarea')?.value ?? policy
    setChecked({ kind: 'working' })
    void check(given, load).then(setChecked)
  }
  const onFile = (event: Event): void => {
    const [file] = (event.currentTarget as HTMLInputElement).files ?? []
    if (file !== undefined) run(() => file.text())
  }
  return (
    <div ref={root}>
      <div role="status">
        <Result checked={checked} />
      </div>
      {checked.kind === 'checked' && <Report verdict={checked.verdict} />}
      {isAwake && (
        <>
          {query === '' ? <Range /> : <p class="soft">{t('verify.case')}</p>}
          <div class="actions">
            <button
              type="button"
              class="button main"
              disabled={checked.kind === 'working'}
              onClick={() => run(() => download(query === '' ? rangeOf(root.current) : query))}
            >
              {t('verify.run')}
            </button>
          </div>
          <div class="field">
            <label for="verify-file">{t('verify.file')}</label>
            <input type="file" id="verify-file" accept=".json,application/json" onChange={onFile} />
          </div>
          <div class="field">
            <label for="verify-policy">{t('verify.policy')}</label>
            <p class="hint" id="verify-policy-hint">
              {t('verify.policy_hint')}
            </p>
            <textarea id="verify-policy" rows={4} aria-describedby="verify-policy-hint">
              {policy}
            </textarea>
          </div>
        </>
      )}
    </div>
  )
}
