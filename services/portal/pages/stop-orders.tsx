import type { JSX } from 'preact'
import { STOP_ANSWERS } from '../../../src/contracts/codes.ts'
import type { StopOrderRead } from '../../../src/contracts/consent.ts'
import { Buttons } from '../parts/buttons.tsx'
import { Empty, Facts, More } from '../parts/blocks.tsx'
import { Choices, ErrorSummary, PostForm, TextField, type Wrong } from '../parts/fields.tsx'
import { referenceOf } from '../parts/reference.ts'
import { useWords } from '../parts/words.ts'
import type { Form } from '../visit.ts'
import { OrderPill } from './consent.tsx'

export interface OrderSight {
  readonly order: StopOrderRead
  readonly from: string
  readonly due: string
}

export const StopOrdersPage = (given: {
  readonly orders: readonly OrderSight[]
  readonly next: string | null
}): JSX.Element => {
  const { orders, next } = given
  const t = useWords()
  return (
    <>
      <h1>{t('order.title')}</h1>
      <p>{t('order.text')}</p>
      {orders.length === 0 ? (
        <Empty icon="shield" text={t('order.empty')} />
      ) : (
        <ul class="list">
          {orders.map(({ order, from, due }) => (
            <li key={order.id}>
              <a href={`/stop-orders/${order.id}`}>
                <span>
                  <b>{t('order.from', { agency: from })}</b>{' '}
                  <span class="code">{referenceOf(order.referral)}</span>
                  <br />
                  <span class="soft small">{t('order.due', { at: due })}</span>
                </span>
                <OrderPill state={order.state} />
              </a>
            </li>
          ))}
        </ul>
      )}
      <More
        path={next === null ? null : `/stop-orders?after=${encodeURIComponent(next)}`}
        text={t('list.more')}
      />
    </>
  )
}

export const AnswerOrderPage = (given: {
  readonly sight: OrderSight
  readonly wrong: readonly Wrong[]
  readonly form: Form | null
}): JSX.Element => {
  const { sight, wrong, form } = given
  const { order } = sight
  const t = useWords()
  return (
    <>
      <ErrorSummary wrong={wrong} />
      <h1>{t('order.title')}</h1>
      <p>{t('order.text')}</p>
      <Facts
        facts={[
          { name: t('referral.sender'), value: sight.from },
          {
            name: t('referral.title'),
            value: <span class="code">{referenceOf(order.referral)}</span>,
          },
          {
            name: t('data.title'),
            value: order.categories.map((category) => t(`category.${category}`)).join(', '),
          },
          { name: t('order.title'), value: <OrderPill state={order.state} /> },
        ]}
      />
      {order.state === 'answered' && order.answer !== null ? (
        <p>{t(`stop.${order.answer}`)}</p>
      ) : (
        <PostForm action={`/stop-orders/${order.id}`}>
          <Choices
            type="radio"
            name="answer"
            legend={t('order.legend')}
            options={STOP_ANSWERS.map((value) => ({ value, text: t(`stop.${value}`) }))}
            chosen={form?.list('answer') ?? []}
            wrong={wrong}
          />
          <TextField
            name="legal_reference"
            label={t('order.law')}
            maxLength={200}
            wrong={wrong}
            value={form?.text('legal_reference') ?? ''}
          />
          <Buttons back="/stop-orders">{t('order.answer')}</Buttons>
        </PostForm>
      )}
    </>
  )
}
