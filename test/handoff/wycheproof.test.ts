// Goal: no signature that others know to be bad gets past, whatever its shape. Method: the JWS cases
// of Wycheproof, each with the key that it names.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import t from 'tap'
import { readJws } from '../../src/jws.ts'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly jws: string | object
  readonly result: 'valid' | 'invalid'
}
interface Group {
  readonly public?: JWK
  readonly private?: JWK
  readonly tests: readonly Case[]
}
const path = join(import.meta.dirname, '../vectors/wycheproof/json_web_signature_test.json')
const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as { testGroups: readonly Group[] }
const LENGTH = 100_000

t.test('every bad signature is refused, and good ones only in our algorithm', async (t) => {
  const counts = { invalid: 0, foreign: 0, good: 0 }
  for (const group of testGroups) {
    const jwk = group.public ?? group.private ?? {}
    for (const { tcId, comment, jws, result } of group.tests) {
      const text = typeof jws === 'string' ? jws : JSON.stringify(jws)
      const read = await readJws(text, { keys: [jwk] }, LENGTH)
      if (result === 'invalid') {
        counts.invalid += 1
        t.equal(read, null, `${tcId}: ${comment}`)
      } else if (jwk.alg === 'ES256') {
        counts.good += 1
        t.ok(read, `${tcId}: ${comment}`)
      } else {
        counts.foreign += 1
        t.equal(read, null, `${tcId}: an algorithm that is not ours`)
      }
    }
  }
  t.same(counts, { invalid: 355, foreign: 44, good: 2 })
})
