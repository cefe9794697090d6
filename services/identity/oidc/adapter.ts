import { sql } from 'drizzle-orm'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { InvalidClientAuth } from 'oidc-provider/lib/helpers/errors.js'
import { HUB } from '../../../src/actor.ts'
import type { Tx } from '../../../src/db.ts'
import type { Context } from '../../../src/service.ts'
import { clientMetadata, findClient, webClientMetadata } from './clients.ts'
import { WEB_CLIENT } from './relying-party.ts'

/** Rows past their time that one write takes away. */
const SWEPT_AT_ONCE = 50

type Found = { payload: AdapterPayload; consumed: number | null }

const found = (rows: readonly Found[]): AdapterPayload | undefined => {
  const [row] = rows
  if (row === undefined) return undefined
  return row.consumed === null ? row.payload : { ...row.payload, consumed: row.consumed }
}

const SELECTED = sql`select payload, extract(epoch from consumed_at)::int as consumed
  from identity.oidc_payload`
const LIVING = sql`(expires_at is null or expires_at > now())`

const sweep = (tx: Tx) =>
  tx.execute(sql`
    delete from identity.oidc_payload where (model, id) in (
      select model, id from identity.oidc_payload where expires_at < now()
      order by expires_at limit ${SWEPT_AT_ONCE} for update skip locked)`)

/** Programs live in a table of their own, which the token endpoint only reads; the web side in none. */
const clientAdapter = (ctx: Context): Pick<Adapter, 'find' | 'upsert'> => ({
  find: async (id) => {
    if (id === WEB_CLIENT) return webClientMetadata(ctx)
    const client = await findClient(ctx.db, id)
    return client === null ? undefined : clientMetadata(client)
  },
  upsert: () => Promise.reject(new Error('clients are registered by the hub alone')),
})

/**
 * What `oidc-provider` stores, in one table, so that every process of the hub sees the same.
 * An identifier of a client assertion is stored once: of two uses at the same moment one is refused.
 */
export const adapterOf = (ctx: Context, model: string): Adapter => {
  const { db } = ctx
  const run = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.withActor(HUB, work)
  const select = async (where: ReturnType<typeof sql>) =>
    found(await run((tx) => tx.execute<Found>(sql`${SELECTED} where ${where}`)))
  const stored: Adapter = {
    upsert: (id, payload, expiresIn) =>
      run(async (tx) => {
        await sweep(tx)
        const once = model === 'ReplayDetection'
        const kept = await tx.execute(sql`
          insert into identity.oidc_payload as p
            (model, id, payload, grant_id, uid, user_code, expires_at)
          values (${model}, ${id}, ${JSON.stringify(payload)}::jsonb, ${payload.grantId ?? null},
            ${payload.uid ?? null}, ${payload.userCode ?? null},
            now() + ${expiresIn ?? null} * interval '1 second')
          on conflict (model, id) do update set payload = excluded.payload,
            expires_at = excluded.expires_at
          where not ${once} or p.expires_at <= now()
          returning id`)
        if (kept.length === 0)
          throw new InvalidClientAuth('this assertion or proof was used before')
      }),
    find: (id) => select(sql`model = ${model} and id = ${id} and ${LIVING}`),
    findByUid: (uid) => select(sql`model = ${model} and uid = ${uid} and ${LIVING}`),
    findByUserCode: (code) => select(sql`model = ${model} and user_code = ${code} and ${LIVING}`),
    consume: async (id) => {
      await run((tx) =>
        tx.execute(sql`update identity.oidc_payload set consumed_at = now()
          where model = ${model} and id = ${id}`),
      )
    },
    destroy: async (id) => {
      await run((tx) =>
        tx.execute(sql`delete from identity.oidc_payload where model = ${model} and id = ${id}`),
      )
    },
    revokeByGrantId: async (grantId) => {
      await run((tx) =>
        tx.execute(sql`delete from identity.oidc_payload where grant_id = ${grantId}`),
      )
    },
  }
  return model === 'Client' ? { ...stored, ...clientAdapter(ctx) } : stored
}
