import { Type, type Static } from 'typebox'
import { CaseName, type Witnesses } from '../../../src/contracts/audit.ts'
import type { PortalRoute } from '../page.ts'
import { ProofPage } from '../pages/audit-proof.tsx'
import { spanWords } from '../parts/clock.tsx'
import { isOverseer } from './audit-entries.tsx'

const querystring = Type.Object({ case: Type.Optional(CaseName) })
const MINUTE_MS = 60_000
const FILE = 'attachment; filename="titian-bundle.json"'

/** The proof of the trail: to be checked in the page, and by whom else it was seen. */
export const auditProof: PortalRoute = (portal) => {
  portal.get('/audit/proof/bundle', { querystring }, async (visit) => {
    const query = new URLSearchParams(visit.request.query as Record<string, string>).toString()
    const path = `/v1/audit/bundle${query === '' ? '' : `?${query}`}`
    const body = JSON.stringify(await visit.api.get<object>(path))
    void visit.reply.type('application/json; charset=utf-8').header('content-disposition', FILE)
    return { kind: 'raw', body }
  })
  portal.get('/audit/proof', { querystring }, async (visit) => {
    const { api, when, t } = visit
    const { case: name } = visit.request.query as { case?: string }
    const [{ size, quorum, items }, key] = await Promise.all([
      api.get<Static<typeof Witnesses>>('/v1/audit/witnesses'),
      api.get<string>('/v1/audit/key'),
    ])
    const now = Date.now()
    const witnesses = items.map(({ name, cosigned_at, behind, failure }) => ({
      name,
      at: cosigned_at === null ? null : when.full(cosigned_at),
      age: cosigned_at === null ? null : spanWords(t, (now - Date.parse(cosigned_at)) / MINUTE_MS),
      behind,
      failure,
    }))
    return {
      kind: 'page',
      title: 'audit.proof.title',
      place: 'audit',
      body: (
        <ProofPage
          witnesses={witnesses}
          size={size}
          quorum={quorum}
          policy={`log ${key.trim()}\nquorum none\n`}
          query={name === undefined ? '' : new URLSearchParams({ case: name }).toString()}
          isOversight={isOverseer(visit)}
        />
      ),
    }
  })
}
