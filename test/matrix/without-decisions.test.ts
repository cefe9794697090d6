// Goal: row-level security and the functions' own predicates hold by themselves. Method: the matrix on a
// hub whose decide() allows everything.
import { register } from 'node:module'
import t from 'tap'

register('../helpers/allow-all-hooks.mjs', import.meta.url)
const { decide } = await import('../../src/decide.ts')
const { HUB } = await import('../../src/actor.ts')
const nobody = { ...HUB, kind: 'person' } as const
t.same(decide(nobody, 'agency.write', { kind: 'none' }), { allow: true }, 'decide() allows all')

const { all } = await import('../../services/all.ts')
const { runMatrix } = await import('../helpers/matrix.ts')
await runMatrix({ services: all, decides: false, secured: true })
