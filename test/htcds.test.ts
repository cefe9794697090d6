import { readFileSync } from 'node:fs'
import t from 'tap'
import { CATEGORIES, NEEDS, type Category } from '../src/contracts/codes.ts'
import { GENDERS } from '../src/contracts/directory.ts'
import { checkHtcds, codesOf, homesOf } from '../src/contracts/htcds.ts'

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<string, unknown>
const standard = read('../src/contracts/htcds/htcds-2.0.json') as unknown as {
  fields: { field: string; type: string; status: string }[]
  codelists: Record<string, { code: string; label: string }[]>
}
const fieldsOf = (category: Category, data: Record<string, unknown>): string[] =>
  checkHtcds(category, data).map((error) => error.field)
const cureOf = (category: Category, data: Record<string, unknown>): string =>
  checkHtcds(category, data)
    .map((error) => error.message.en)
    .join(' | ')

t.test('the demonstration case is HTCDS 2.0 in every coded field', async (t) => {
  const demo = read('../demo/case.json') as { data: Record<Category, Record<string, unknown>> }
  t.same(Object.keys(demo.data).toSorted(), [...CATEGORIES].toSorted(), 'one object per category')
  for (const category of CATEGORIES) t.same(checkHtcds(category, demo.data[category]), [], category)
  const control = demo.data.exploitation['vic_MethodsOfControl'] as string[]
  for (const code of [
    'WithholdsDocuments',
    'x-RestrictsCommunication',
    'x-WagesUnpaid',
    'TakesEarnings',
  ]) {
    t.ok(control.includes(code), code)
  }
  t.match(demo.data.exploitation['vic_MethodOfRecruitment'], /x-NonProcedural/)
  for (const need of read('../demo/case.json')['needs'] as string[]) {
    t.ok((NEEDS as readonly string[]).includes(need), need)
  }
})

t.test('every code of the standard is taken, and no label', async (t) => {
  t.equal(Object.keys(standard.codelists).length, 21)
  for (const { field, type } of standard.fields) {
    const [home] = homesOf(field)
    const codes = codesOf(field)
    if (codes === null || home === undefined) continue
    const isList = type === 'Multiselect Picklist'
    for (const code of codes) t.same(checkHtcds(home, { [field]: isList ? [code] : code }), [])
    const label = standard.codelists[field]?.find((row) => row.label !== row.code)
    if (label === undefined) continue
    const value = isList ? [label.label] : label.label
    t.match(cureOf(home, { [field]: value }), label.code, `${field}: the label names the code`)
  }
  t.same(codesOf('prs_Gender'), [...GENDERS], 'genders of the directory are those of the standard')
})

t.test('each field has a home, or is the hub`s own record', async (t) => {
  const homeless = standard.fields
    .map((row) => row.field)
    .filter((field) => homesOf(field).length === 0)
  t.ok(homeless.every((field) => /^(cas|con)_|^vic_AgreementToManage/.test(field)))
  t.same(homesOf('prs_FirstName'), ['identity'])
  t.same(homesOf('vic_DetailsOfVulnerabilities'), ['narrative'])
  t.same(fieldsOf('legal', { con_Consent: true }), ['con_Consent'])
})

t.test('a field in a foreign category is refused, however deep it hides', async (t) => {
  t.same(fieldsOf('economic', { prs_FirstName: 'Melur' }), ['prs_FirstName'])
  t.match(cureOf('economic', { prs_FirstName: 'Melur' }), 'Write it in the category: identity.')
  t.same(fieldsOf('economic', { wishes: [{ prs_FirstName: 'Melur' }] }), ['wishes.0.prs_FirstName'])
  t.notMatch(cureOf('economic', { prs_FirstName: 'Melur' }), 'Melur', 'no value in an error')
  const deep = { a: { a: { a: { a: { a: { a: 'x' } } } } } }
  t.same(fieldsOf('economic', deep), ['a.a.a.a.a'])
})

t.test('what partners send by mistake is named with its cure', async (t) => {
  t.match(cureOf('identity', { prs_First_Name: 'x' }), 'Is prs_FirstName meant?')
  t.match(cureOf('exploitation', { vic_MethodsOfControl: ['DebtBondage '] }), 'code: DebtBondage.')
  t.match(cureOf('exploitation', { vic_MethodsOfControl: ['RestrictsMovement'] }), 'Choose from: ')
  t.match(cureOf('exploitation', { vic_MethodsOfControl: 'DebtBondage' }), 'list of codes')
  t.match(cureOf('identity', { prs_Nationality: 'ID' }), 'no field of HTCDS')
  t.same(
    fieldsOf('identity', {
      prs_Birthdate: '1994-02-30',
      prs_Citizenship: ['Indonesia'],
      prs_PrimaryLanguage: 'Indonesian',
      prs_Deceased: 'no',
    }),
    ['prs_Birthdate', 'prs_Citizenship.0', 'prs_PrimaryLanguage', 'prs_Deceased'],
  )
  t.same(fieldsOf('contact', { prs_MobilePhone: '0812 000' }), ['prs_MobilePhone'])
  t.same(fieldsOf('contact', { prs_MobilePhone: null, safe_hours: 'x' }), [])
  t.same(fieldsOf('family', { prs_NumberOfChildren: '2' }), ['prs_NumberOfChildren'])
})
