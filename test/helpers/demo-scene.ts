import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import {
  DEMO_HUB_PEOPLE,
  demoAgencyOf,
  demoPersonOf,
  type DemoAgencyKey,
} from '../../demo/network.ts'
import { seed } from '../../demo/seed.ts'
import type { Role } from '../../src/contracts/codes.ts'
import { newId } from '../../src/id.ts'
import type { Service } from '../../src/service.ts'
import { startHub, type TestHub } from './hub.ts'
import type { Teardown } from './run.ts'
import { personToken } from './token.ts'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface DemoScene {
  readonly hub: TestHub
  readonly admin: postgres.Sql
  readonly keysFolder: string
  /** Asks as `embassy/case_worker`, `hub/hub_administrator`…, in English. */
  ask(who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: object): Promise<Answer>
}

const tokenOf = (hub: TestHub, who: string): Promise<string> => {
  const [key, role] = who.split('/') as [DemoAgencyKey | 'hub', Role]
  if (key === 'hub') {
    const person = DEMO_HUB_PEOPLE.find((candidate) => candidate.role === role)
    if (person === undefined) throw new RangeError(who)
    return personToken(hub, { id: person.id, agency: null, roles: [role] })
  }
  const { id } = demoPersonOf(key, role)
  return personToken(hub, { id, agency: demoAgencyOf(key).agency.id, roles: [role] })
}

/** A hub with these services and the fictional network in it. */
export const createDemoScene = async (
  t: Teardown,
  services: readonly Service[],
): Promise<DemoScene> => {
  const hub = await startHub(t, { services })
  const admin = postgres(hub.database.adminUrl, { max: 2, onnotice: () => {} })
  t.teardown(() => admin.end())
  const keysFolder = await mkdtemp(join(tmpdir(), 'titian-demo-'))
  t.teardown(() => rm(keysFolder, { recursive: true, force: true }))
  await seed({ sql: admin, keysFolder })
  const ask: DemoScene['ask'] = async (who, method, url, body) => {
    const { idempotency, ...payload } = (body ?? {}) as { idempotency?: string }
    const response = await hub.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${await tokenOf(hub, who)}`,
        'accept-language': 'en',
        ...(method === 'GET' ? {} : { 'idempotency-key': idempotency ?? newId() }),
      },
      ...(body === undefined ? {} : { payload }),
    })
    return { status: response.statusCode, body: response.json() }
  }
  return { hub, admin, keysFolder, ask }
}
