import { Empty, Head, More } from '../parts/blocks.tsx'
import { ReferralCard, type CardItem } from '../parts/card.tsx'
import { useWords } from '../parts/words.ts'
import { SideTabs } from './inbox.tsx'

export const SentPage = (given: {
  readonly items: readonly CardItem[]
  readonly next: string | null
}) => {
  const t = useWords()
  const now = Date.now()
  return (
    <>
      <Head title={t('sent.title')} />
      <SideTabs here="out" />
      {given.items.length === 0 ? (
        <Empty icon="inbox" text={t('sent.empty')} />
      ) : (
        <ul class="cards">
          {given.items.map((item) => (
            <ReferralCard key={item.id} item={item} now={now} />
          ))}
        </ul>
      )}
      <More path={given.next === null ? null : `/sent?after=${given.next}`} text={t('list.more')} />
    </>
  )
}
