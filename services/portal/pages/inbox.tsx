import type { JSX } from 'preact'
import { Live, type Island } from '../island.tsx'
import type { Inbox } from '../inbox.ts'
import { Head, More, Tabs } from '../parts/blocks.tsx'
import { InboxList, InboxProps, INBOX_WORDS } from '../parts/inbox-list.tsx'
import { codeWords, NEED_WORDS } from '../code-words.ts'
import { useWords } from '../parts/words.ts'

const INBOX: Island<InboxProps> = {
  name: 'inbox',
  schema: InboxProps,
  words: [...INBOX_WORDS, ...codeWords('state', 'urgency', 'age'), ...NEED_WORDS],
  part: InboxList,
}

/** The two sides of referrals, on every list of them. */
export const SideTabs = ({ here }: { readonly here: 'in' | 'out' }): JSX.Element => {
  const t = useWords()
  return (
    <Tabs
      isSides
      label={t('inbox.sides')}
      tabs={[
        { path: '/inbox', text: t('inbox.in'), isHere: here === 'in' },
        { path: '/sent', text: t('inbox.out'), isHere: here === 'out' },
      ]}
    />
  )
}

export const InboxPage = ({ inbox }: { readonly inbox: Inbox }) => {
  const t = useWords()
  return (
    <>
      <Head title={t('inbox.title')}>
        <p
          class="line"
          role="status"
          data-live
          data-state="once"
          data-on={t('live.on')}
          data-again={t('live.again')}
          data-away={t('live.away')}
        >
          <span class="dot" />
          <span data-live-text>{t('live.once')}</span>
        </p>
      </Head>
      <SideTabs here="in" />
      <Live island={INBOX} props={inbox.props} />
      <More
        path={inbox.next === null ? null : `/inbox?tab=all&after=${encodeURIComponent(inbox.next)}`}
        text={t('list.more')}
      />
    </>
  )
}
