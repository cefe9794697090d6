// Goal: a database that this program's migrations do not lead to is refused with a word. Method: the hash
// of one that was applied is changed.
import postgres from 'postgres'
import t from 'tap'
import { StartFailure } from '../src/embedded/failure.ts'
import { migrate } from '../src/migrate.ts'
import { createDatabase, databasePassword } from './helpers/database.ts'

const { adminUrl } = await createDatabase(t)
const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
t.teardown(() => sql.end())

t.test('migrations that were applied stay as they are', async (t) => {
  await migrate({ adminUrl, databasePassword })
  await sql`update drizzle.cases set hash = 'another' where id = 1`
  await t.rejects(
    migrate({ adminUrl, databasePassword }),
    new StartFailure(
      'This database was made by another state of Titian before its first release, which it cannot be brought forward from. Move the data folder away, or name another one with DATA_DIR.',
    ),
  )
})
