import type { JSX } from 'preact'
import { Live, type Island } from '../island.tsx'
import { Empty, Facts, Head } from '../parts/blocks.tsx'
import { Pill } from '../parts/pill.tsx'
import { Verify, VERIFY_WORDS, VerifyProps } from '../parts/verify.tsx'
import { useWords } from '../parts/words.ts'
import { AuditTabs } from './audit.tsx'

const VERIFY: Island<VerifyProps> = {
  name: 'verify',
  schema: VerifyProps,
  words: VERIFY_WORDS,
  part: Verify,
}

export interface WitnessRow {
  readonly name: string
  readonly at: string | null
  readonly age: string | null
  readonly behind: number
  readonly failure: string | null
}

interface Given {
  readonly witnesses: readonly WitnessRow[]
  readonly size: number
  readonly quorum: string
  readonly policy: string
  readonly query: string
  readonly isOversight: boolean
}

const Witness = ({ row }: { readonly row: WitnessRow }): JSX.Element => {
  const t = useWords()
  const isFork = row.failure === 'refused_as_fork'
  return (
    <li class="card">
      <div class="card-top">
        {isFork ? (
          <Pill look="late" icon="warn" text={row.name} />
        ) : (
          <Pill
            look={row.at === null ? 'wait' : 'good'}
            icon={row.at === null ? 'ring' : 'check'}
            text={row.name}
          />
        )}
      </div>
      {isFork && <p>{t('audit.witnesses.fork')}</p>}
      {row.failure !== null && !isFork && (
        <p class="soft">
          {t('audit.witnesses.failure', { why: row.failure.replaceAll('_', ' ') })}
        </p>
      )}
      <Facts
        facts={[
          { name: t('audit.witnesses.at'), value: row.at ?? t('audit.witnesses.never') },
          { name: t('audit.witnesses.age'), value: row.age ?? '—' },
          { name: t('audit.witnesses.behind'), value: String(row.behind) },
        ]}
      />
    </li>
  )
}

const Witnesses = ({ witnesses, quorum }: Given): JSX.Element => {
  const t = useWords()
  return (
    <section aria-labelledby="witnesses">
      <h2 id="witnesses">{t('audit.witnesses.title')}</h2>
      {witnesses.length === 0 ? (
        <Empty icon="people" text={t('audit.witnesses.none')} />
      ) : (
        <>
          <p class="soft">{t('audit.witnesses.quorum', { quorum })}</p>
          <ul class="cards">
            {witnesses.map((row) => (
              <Witness key={row.name} row={row} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** Checking one's trail without trusting the hub, and who else has seen the same ledger. */
export const ProofPage = (given: Given): JSX.Element => {
  const { size, policy, query, isOversight } = given
  const t = useWords()
  return (
    <>
      <Head title={t('audit.proof.title')} />
      <AuditTabs here="proof" isOversight={isOversight} />
      <p>{t('audit.proof.size', { count: size })}</p>
      <h2>{t('verify.title')}</h2>
      {isOversight ? (
        <p class="soft">{t('audit.proof.oversight')}</p>
      ) : (
        <>
          <p class="soft">{t('audit.proof.about')}</p>
          <Live island={VERIFY} props={{ policy, query }} />
          <p>
            <a href={`/audit/proof/bundle${query === '' ? '' : `?${query}`}`}>
              {t('verify.download')}
            </a>
          </p>
          <noscript>
            <p>{t('verify.without')}</p>
            <pre class="evidence">
              npx titian audit verify titian-bundle.json --policy policy.txt
            </pre>
            <pre class="evidence">{policy}</pre>
          </noscript>
        </>
      )}
      <Witnesses {...given} />
    </>
  )
}
