import type { JSX } from 'preact'
import { CATEGORIES, PURPOSES, SENSITIVE } from '../../../src/contracts/codes.ts'
import type { StopOrderRead, WithdrawalRead } from '../../../src/contracts/consent.ts'
import type { GrantSight } from '../case-sight.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Banner } from '../parts/blocks.tsx'
import { Choices, ErrorSummary, PostForm, type Option, type Wrong } from '../parts/fields.tsx'
import { Pill, type Look } from '../parts/pill.tsx'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { HowSaid, Notice } from './send-consent.tsx'

export const ConsentPage = (given: {
  readonly id: string
  readonly agencies: readonly Option[]
  readonly isMinor: boolean
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { id, agencies, isMinor, wrong, form } = given
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('consent.record')}</h1>
      <Notice />
      <PostForm action={`/cases/${id}/consent`}>
        <Choices
          type="checkbox"
          name="recipients"
          legend={t('consent.to')}
          options={agencies}
          chosen={form?.list('recipients') ?? []}
          wrong={wrong}
        />
        <Choices
          type="checkbox"
          name="purposes"
          legend={t('consent.for')}
          options={PURPOSES.map((value) => ({ value, text: t(`purpose.${value}`) }))}
          chosen={form?.list('purposes') ?? []}
          wrong={wrong}
        />
        <Choices
          type="checkbox"
          name="categories"
          legend={t('consent.what')}
          options={CATEGORIES.map((value) => ({
            value,
            text: t(`category.${value}`),
            ...(SENSITIVE.includes(value) ? { hint: t('send.sensitive'), isSensitive: true } : {}),
          }))}
          chosen={form?.list('categories') ?? []}
          wrong={wrong}
        />
        <HowSaid isMinor={isMinor} wrong={wrong} form={form} />
        <Buttons back={`/cases/${id}`}>{t('consent.record')}</Buttons>
      </PostForm>
    </>
  )
}

export const WithdrawPage = (given: {
  readonly id: string
  readonly grants: readonly GrantSight[]
  readonly wrong: readonly Wrong[]
}): JSX.Element => {
  const { id, grants, wrong } = given
  const t = useWords()
  const agencies = new Map(grants.map(({ grant, recipient }) => [grant.recipient, recipient]))
  const options: Option[] = [
    { value: 'all', text: t('withdraw.all') },
    ...[...agencies].map(([value, agency]) => ({ value, text: t('withdraw.agency', { agency }) })),
    ...grants.map(({ grant, recipient }) => ({
      value: `${grant.recipient}/${grant.purpose}`,
      text: t('withdraw.one', { agency: recipient, purpose: t(`purpose.${grant.purpose}`) }),
    })),
  ]
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('withdraw.title')}</h1>
      <p>{t('withdraw.text')}</p>
      <Banner look="calm" icon="info">
        <p>{t('withdraw.honest')}</p>
      </Banner>
      <PostForm action={`/cases/${id}/withdraw`}>
        <Choices
          type="radio"
          name="what"
          legend={t('withdraw.what')}
          options={options}
          wrong={wrong}
        />
        <Buttons back={`/cases/${id}`}>{t('withdraw.yes')}</Buttons>
      </PostForm>
    </>
  )
}

const ORDER_LOOKS: Readonly<Record<StopOrderRead['state'], Look>> = {
  waiting: 'wait',
  overdue: 'late',
  answered: 'good',
}

export const OrderPill = ({ state }: { readonly state: StopOrderRead['state'] }): JSX.Element => (
  <Pill
    look={ORDER_LOOKS[state]}
    icon={state === 'answered' ? 'check' : 'clock'}
    text={useWords()(`order.${state}`)}
  />
)

interface OrderLine {
  readonly order: StopOrderRead
  readonly holder: string
  readonly due: string
}

export const WithdrawnPage = (given: {
  readonly withdrawal: WithdrawalRead
  readonly orders: readonly OrderLine[]
}): JSX.Element => {
  const { withdrawal, orders } = given
  const t = useWords()
  const { confirmed, holders } = withdrawal
  const tally =
    holders === 0 ? t('withdraw.none') : t('withdraw.tally', { confirmed, count: holders })
  const isWhole = confirmed === holders
  return (
    <>
      <h1>{t('withdraw.done')}</h1>
      <Banner
        look={isWhole ? 'good' : 'wait'}
        icon={isWhole ? 'check' : 'clock'}
        role="status"
        title={tally}
      >
        <p>{t('withdraw.honest')}</p>
      </Banner>
      {orders.length > 0 && (
        <ul class="list">
          {orders.map(({ order, holder, due }) => (
            <li key={order.id}>
              <div class="row">
                <span>
                  <b>{holder}</b>
                  <br />
                  <span class="soft small">
                    {order.answer === null
                      ? t('order.due', { at: due })
                      : t(`stop.${order.answer}`)}
                  </span>
                </span>
                <OrderPill state={order.state} />
              </div>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a class="button" href={`/cases/${withdrawal.case}`}>
          {t('withdraw.back')}
        </a>
      </p>
    </>
  )
}
