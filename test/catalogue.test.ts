// Goal: the database itself keeps agencies apart. Method: ask its catalogue about every object.
import postgres from 'postgres'
import t from 'tap'
import { MIGRATED, ROLES } from '../src/migrate.ts'
import { createDatabase } from './helpers/database.ts'

const SCHEMAS = [...MIGRATED.filter((name) => name !== 'kernel'), 'journal']
/** Deleted rows: lists that people keep, what runs out, and entries that the ledger moves to its tree. */
const DELETING = [
  'titian_audit journal.entry',
  'titian_cases cases.do_not_send',
  'titian_directory directory.hsds_link',
  'titian_directory directory.hsds_row',
  'titian_identity identity.oidc_payload',
  'titian_notifications notifications.host',
]
/** What is read by every agency, and the ledger's own way to the journal that it puts in order. */
const FOR_ALL = [
  'cases.gap_setting read',
  'directory.agency read',
  'directory.capacity read',
  'directory.hsds_link read',
  'directory.hsds_row read',
  'directory.response_month read',
  'directory.service read',
  'journal.entry ledger_move',
  'journal.entry ledger_read',
]
/**
 * Keys whose values the hub makes itself, or its administrators agree to, or that are proven to be held:
 * no agency tries them out.
 */
const HUB_KEYS = [
  'audit.checkpoint_pkey',
  'audit.disclosure_pkey',
  'audit.leaf_pkey',
  'audit.tile_pkey',
  'audit.witness_pkey',
  'audit.witnessed_pkey',
  'cases.case_record_reference_key',
  'cases.gap_setting_pkey',
  'consent.agency_key_pkey',
  'consent.permit_end_pkey',
  'consent.permit_key_pkey',
  'directory.hsds_link_pkey',
  'directory.hsds_row_pkey',
  'identity.client_pkey',
  'identity.proposal_key',
  'identity.provider_handle_key',
  'journal.answer_pkey',
  'journal.entry_pkey',
  'journal.timer_pkey',
]
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

  const payload = [
    'cases.datum',
    'cases.entry_box',
    'cases.import_box',
    'referrals.package',
    'referrals.note',
    'referrals.break_glass',
    'messages.message',
    'messages.attachment',
  ]
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

t.test('what no role of a service may', async (test) => {
  const database = await createDatabase(test)
  const sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  test.teardown(() => sql.end())

  const owned = await sql`
    select objid::regclass::text as name, r.rolname from pg_shdepend d join pg_roles r on r.oid = d.refobjid
     where d.deptype = 'o' and r.rolname = any(${ROLES})`
  test.same(owned, [], 'own anything: a table, function, schema, type or database')
  const members = await sql`
    select m.rolname as member, g.rolname as of from pg_auth_members a
      join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
     where m.rolname = any(${ROLES})`
  test.same(members, [], 'act as another role')
  const open = await sql`
    select nspname from pg_namespace where nspname = any(${SCHEMAS})
       and (has_schema_privilege('public', oid, 'usage') or has_schema_privilege('public', oid, 'create'))`
  test.same(open, [], 'no schema is open to everybody')
  const everybody = await sql`
    select table_schema || '.' || table_name as name from information_schema.role_table_grants
     where grantee = 'PUBLIC' and table_schema = any(${SCHEMAS})`
  test.same(everybody, [], 'no table is open to everybody')
  const making = await sql`
    select nspname, r.rolname from pg_namespace n, pg_roles r where r.rolname = any(${ROLES})
       and nspname = any(${['public', ...SCHEMAS]}) and has_schema_privilege(r.oid, n.oid, 'create')`
  test.same(making, [], 'make anything')
  const rewriting = await sql`
    select rolname from pg_roles where rolname = any(${ROLES})
       and has_table_privilege(oid, 'journal.entry', 'update') and rolname <> 'titian_audit'`
  test.same(rewriting, [], 'rewrite the journal')
  const removing = await sql<{ name: string }[]>`
    select grantee || ' ' || table_schema || '.' || table_name as name
      from information_schema.role_table_grants
     where privilege_type = 'DELETE' and grantee = any(${ROLES}) and table_name <> 'timer'
     order by 1`
  test.same(
    removing.map(({ name }) => name),
    DELETING,
    'delete, but for these',
  )
})

t.test('policies', async (test) => {
  const database = await createDatabase(test)
  const sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  test.teardown(() => sql.end())
  const policies = await sql<{ name: string; roles: string[]; text: string }[]>`
    select schemaname || '.' || tablename || ' ' || policyname as name, roles::text[] as roles,
      concat_ws(' / ', qual, with_check) as text from pg_policies where schemaname = any(${SCHEMAS})`
  test.ok(policies.length > 20)
  for (const { name, roles, text } of policies) {
    const bare = text.replaceAll(/SELECT \(?NULLIF\(current_setting/gi, '')
    test.notMatch(bare, /current_setting\('app\.agency/, `${name}: ${text}`)
    if (!/^\(?true\)?( \/ \(?true\)?)?$/.test(text)) continue
    if (FOR_ALL.includes(name)) continue
    test.same(
      roles,
      ['titian_owner'],
      `${name}: only the owner, whom nobody is, passes without a word`,
    )
  }
  const uncovered = await sql`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any(${SCHEMAS}) and c.relrowsecurity
       and not exists (select from pg_policy p where p.polrelid = c.oid)`
  test.same(uncovered, [], 'each secured table says who may')
})

t.test('keys and definer functions', async (test) => {
  const database = await createDatabase(test)
  const sql = postgres(database.adminUrl, { max: 1, onnotice: () => {} })
  test.teardown(() => sql.end())
  const functions = await sql<{ name: string; owner: string; path: string }[]>`
    select p.oid::regprocedure::text as name, r.rolname as owner,
      (select c from unnest(p.proconfig) c where c like 'search_path=%') as path
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
     where n.nspname = any(${SCHEMAS}) and p.prosecdef`
  for (const { name, owner, path } of functions) {
    test.equal(owner, 'titian_owner', `${name}: of the owner`)
    test.match(path, /pg_temp$/, `${name}: temporary objects come last`)
  }
  // A key on what agencies choose would tell one agency what another has.
  const keys = await sql<{ name: string }[]>`
    select i.indexrelid::regclass::text as name from pg_index i
      join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any(${SCHEMAS}) and i.indisunique and c.relrowsecurity
       and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum = any(i.indkey)
         and (a.attname = any(${AGENCY}) or a.atttypid in ('uuid'::regtype, 'bytea'::regtype)))`
  test.same(
    keys.map(({ name }) => name).filter((name) => !HUB_KEYS.includes(name)),
    [],
    'each unique key holds an agency or something random',
  )
})
