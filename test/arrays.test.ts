import { sql } from 'drizzle-orm'
import t from 'tap'
import { HUB } from '../src/actor.ts'
import { parseArray } from '../src/arrays.ts'
import { connect } from '../src/db.ts'
import { createDatabase } from './helpers/database.ts'

t.test('what the server says of arrays, we read', async (t) => {
  const database = await createDatabase(t)
  const db = connect({ url: database.urlOf('titian_directory'), connections: 1 })
  t.teardown(() => db.end())
  const hard = ['', ' ', 'a', 'a,b', '{a}', '"', '\\', 'NULL', 'null', 'két\nsor', "it's"]
  const texts = sql.join(
    hard.map((text) => sql`${text}::text`),
    sql`, `,
  )
  const id = '01890000-0000-7000-8000-000000000000'
  const [row] = await db.withActor(HUB, (tx) =>
    tx.execute(sql`
      select array[${texts}] as texts, array[null, 'x'] as gaps, '{}'::text[] as nothing,
        array[${id}]::uuid[] as ids, array[1, -2]::int[] as numbers, null::text[] as absent,
        array[9007199254740993]::bigint[] as longs, array['a']::varchar[] as chars,
        array[3]::smallint[] as shorts`),
  )
  t.same(row, {
    texts: hard,
    gaps: [null, 'x'],
    nothing: [],
    ids: [id],
    numbers: [1, -2],
    absent: null,
    longs: ['9007199254740993'],
    chars: ['a'],
    shorts: [3],
  })
})

t.test('more than one dimension is refused', async (t) => {
  for (const text of ['{{a},{b}}', 'a', '[2:3]={a,b}']) {
    t.throws(() => parseArray(text), TypeError)
  }
})
