// Goal: the database itself keeps agencies apart. Method: ask its catalogue about every object.
import postgres from 'postgres'
import t from 'tap'
import { MIGRATED, ROLES } from '../src/migrate.ts'
import { createDatabase } from './helpers/database.ts'

const SCHEMAS = [...MIGRATED.filter((name) => name !== 'kernel'), 'journal']
/** Columns that say whose a row is. */
const AGENCY = ['agency', 'owner', 'sender', 'recipient', 'holder', 'concerned', 'author_agency']

t.test('the catalogue', async (test) => {
  const database = await createDatabase(test)
  const sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  test.teardown(() => sql.end())

  const tables = await sql<
    { name: string; columns: string[]; secured: boolean; forced: boolean }[]
  >`
    select c.oid::regclass::text as name, c.relrowsecurity as secured, c.relforcerowsecurity as forced,
      array(select attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${SCHEMAS}) and c.relkind in ('r', 'p')`
  test.ok(tables.length > 20, 'the schemas are there')
  for (const table of tables) {
    if (!table.columns.some((column) => AGENCY.includes(column))) continue
    test.ok(table.secured && table.forced, `${table.name}: row-level security, enabled and forced`)
  }

  const views = await sql`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(${SCHEMAS}) and (c.relkind = 'm'
      or (c.relkind = 'v' and not coalesce(c.reloptions @> '{security_invoker=true}', false)))`
  test.same(views, [], "no materialised view, no view with its owner's rights")

  const functions = await sql<{ name: string; definer: boolean; path: boolean; open: boolean }[]>`
    select p.oid::regprocedure::text as name, p.prosecdef as definer,
      exists (select from unnest(p.proconfig) c where c like 'search_path=%') as path,
      has_function_privilege('public', p.oid, 'execute') as open
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = any(${SCHEMAS})`
  for (const { name, definer, path, open } of functions) {
    if (!definer) continue
    test.ok(path, `${name}: a definer function has its own search_path`)
    test.notOk(open, `${name}: a definer function is for named roles alone`)
  }

  const owned = await sql`
    select c.oid::regclass::text as name, r.rolname from pg_class c join pg_roles r on r.oid = c.relowner
    where r.rolname = any(${ROLES})`
  test.same(owned, [], 'a service role owns nothing')
  const strong = await sql`
    select rolname from pg_roles where rolname = any(${[...ROLES, 'titian_owner']})
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)`
  test.same(strong, [], 'no service role stands above the policies')
  const [owner] = await sql`select rolcanlogin from pg_roles where rolname = 'titian_owner'`
  test.equal(owner?.['rolcanlogin'], false, 'the owner cannot log in')

  const payload = ['cases.datum', 'cases.entry_box', 'referrals.package', 'referrals.note']
  for (const table of payload) {
    for (const role of ROLES) {
      const [row] = await sql`select has_table_privilege(${role}, ${table}, 'select') as may`
      test.equal(row?.['may'], false, `${role} may not select from ${table}`)
    }
  }
  const destructive = await sql`
    select table_schema || '.' || table_name as name, grantee from information_schema.role_table_grants
    where grantee = any(${ROLES}) and privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES')`
  test.same(destructive, [], 'no role may truncate')
})
