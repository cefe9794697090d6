import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Type, type Static } from 'typebox'
import { CARD_WORDS, CardItem, ReferralCard } from './card.tsx'
import { oneOf } from '../../../src/contracts/codes.ts'
import { Empty, Tabs } from './blocks.tsx'
import { useWords, type Key } from './words.ts'

export const INBOX_TABS = ['new', 'asked', 'accepted', 'all'] as const
export type InboxTab = (typeof INBOX_TABS)[number]

export const InboxProps = Type.Object(
  {
    items: Type.Array(CardItem),
    tab: oneOf(INBOX_TABS),
    counts: Type.Object({ new: Type.Integer(), asked: Type.Integer() }),
    now: Type.Number({ description: 'Milliseconds; the moment that clocks are drawn for' }),
  },
  { additionalProperties: false },
)
export type InboxProps = Static<typeof InboxProps>

export const INBOX_WORDS: readonly Key[] = [
  ...CARD_WORDS,
  'inbox.filter',
  ...INBOX_TABS.map((tab): Key => `inbox.tab.${tab}`),
  'inbox.empty.new',
  'inbox.empty.other',
  'inbox.fresh',
  'inbox.show',
  'inbox.stale',
]

const MINUTE_MS = 60_000
/** Someone who has scrolled this far is reading: nothing may jump. */
const READING_PX = 120

interface Fresh {
  readonly props: InboxProps
  readonly count: number
}

/** The same tab and page as the address says. */
const fetchInbox = async (): Promise<InboxProps> => {
  const response = await fetch(`/inbox/list${window.location.search}`)
  if (!response.ok || response.redirected) throw new Error(String(response.status))
  return (await response.json()) as InboxProps
}

/** Keeps the list current: `titian:changed` on the window says that something happened. */
const useLive = (given: InboxProps) => {
  const [shown, setShown] = useState(given)
  const [fresh, setFresh] = useState<Fresh | null>(null)
  const [isStale, setStale] = useState(false)
  const latest = useRef(given)
  useEffect(() => {
    const reload = async (): Promise<void> => {
      try {
        const props = await fetchInbox()
        const known = new Set(latest.current.items.map(({ id }) => id))
        const count = props.items.filter(({ id }) => !known.has(id)).length
        setStale(false)
        if (count > 0 && window.scrollY > READING_PX) return setFresh({ props, count })
        latest.current = props
        setShown(props)
        setFresh(null)
      } catch {
        setStale(true)
      }
    }
    const onChange = (): void => void reload()
    const tick = setInterval(() => setShown((now) => ({ ...now, now: Date.now() })), MINUTE_MS)
    window.addEventListener('titian:changed', onChange)
    return () => {
      clearInterval(tick)
      window.removeEventListener('titian:changed', onChange)
    }
  }, [])
  const showFresh = (): void => {
    if (fresh === null) return
    latest.current = fresh.props
    setShown(fresh.props)
    setFresh(null)
    window.scrollTo(0, 0)
  }
  return { shown, fresh, isStale, showFresh }
}

export const InboxList = (given: InboxProps): JSX.Element => {
  const t = useWords()
  const { shown, fresh, isStale, showFresh } = useLive(given)
  const countOf = (name: InboxTab): { readonly count?: string } =>
    name === 'new' || name === 'asked' ? { count: String(shown.counts[name]) } : {}
  return (
    <>
      <Tabs
        label={t('inbox.filter')}
        tabs={INBOX_TABS.map((name) => ({
          path: name === 'new' ? '/inbox' : `/inbox?tab=${name}`,
          text: t(`inbox.tab.${name}`),
          isHere: name === shown.tab,
          ...countOf(name),
        }))}
      />
      <div role="status">
        {isStale && <p class="banner wait">{t('inbox.stale')}</p>}
        {fresh !== null && (
          <p class="banner calm">
            {t('inbox.fresh', { count: fresh.count })}{' '}
            <button type="button" class="button" onClick={showFresh}>
              {t('inbox.show')}
            </button>
          </p>
        )}
      </div>
      {shown.items.length === 0 ? (
        <Empty
          icon="inbox"
          text={t(shown.tab === 'new' ? 'inbox.empty.new' : 'inbox.empty.other')}
        />
      ) : (
        <ul class="cards">
          {shown.items.map((item) => (
            <ReferralCard key={item.id} item={item} now={shown.now} />
          ))}
        </ul>
      )}
    </>
  )
}
