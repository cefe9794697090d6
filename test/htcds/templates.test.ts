// Goal: each defect of the published templates lands right or is reported with its cell and cure, and
// nothing is dropped. Method: the original files, with fictional rows below their own headers.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import writeXlsxFile from 'write-excel-file/node'
import t from 'tap'
import { lettersOf, type Grid, type Value } from '../../services/cases/htcds/grid.ts'
import { readCases, type ReadRow } from '../../services/cases/htcds/read-cases.ts'
import { readFile } from '../../services/cases/htcds/read-file.ts'
import { readSubmissions } from '../../services/cases/htcds/texts.ts'
import { readWorkbook } from '../../services/cases/htcds/workbook.ts'
import { HTCDS_FIELDS, labelsOf } from '../../src/contracts/htcds.ts'
import { odsRows } from '../helpers/ods.ts'

const NOW = new Date('2026-11-24T00:00:00Z')
const file = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'published', name))
const EXCEL = ['excel-v2.0.xlsx', 'excel-validation-v2.0.xlsx']

const templates = new Map(
  await Promise.all(EXCEL.map(async (name) => [name, await readWorkbook(file(name))] as const)),
)

/** An original template with one row more, written and read again as a workbook. */
const filled = async (name: string, cells: Readonly<Record<string, Value>>): Promise<Grid> => {
  const template = templates.get(name) ?? (await readWorkbook(file(name)))
  const width = 1 + Math.max(...template.rows.flatMap((row) => [...row.cells.keys()]))
  const header = template.rows.slice(0, 2).map((row) =>
    Array.from({ length: width }, (_, column) => {
      const value = row.cells.get(column)
      return value === undefined ? null : { value: String(value), type: String }
    }),
  )
  const row = Array.from({ length: width }, (_, column) => {
    const value = cells[lettersOf(column)]
    if (value === undefined) return null
    if (typeof value === 'number') return { value, type: Number }
    return typeof value === 'boolean' ? { value, type: Boolean } : { value, type: String }
  })
  return await readWorkbook(await writeXlsxFile([...header, row]).toBuffer())
}
const only = (rows: readonly ReadRow[]): ReadRow => {
  t.equal(rows.length, 1)
  return rows[0] as ReadRow
}
const noteOf = (row: ReadRow, field: string) => row.notes.find((note) => note.field === field)

for (const name of EXCEL) {
  t.test(`${name}: an empty template has no case; its numbering is none`, async (t) => {
    const read = await readCases(await readWorkbook(file(name)), NOW)
    t.same(read.rows, [])
    t.match(read.columns[0], { column: 'A', field: null, note: { en: /numbers the rows/ } })
    t.equal(
      read.columns.filter(({ field }) => field !== null).length,
      38,
      'all core fields but none twice',
    )
  })

  t.test(`${name}: technical names count where the labels under them contradict`, async (t) => {
    const grid = await filled(name, {
      A: '1',
      D: 'Melur',
      N: 'Kota Contoh',
      O: 'ID',
      P: 'Provinsi Contoh',
      Q: 'Jalan Contoh 1',
      R: '98101',
    })
    const read = await readCases(grid, NOW)
    t.same(only(read.rows).made?.data.location, {
      prs_MailingCity: 'Kota Contoh',
      prs_MailingCountry: 'ID',
      prs_MailingState: 'Provinsi Contoh',
      prs_MailingStreet: 'Jalan Contoh 1',
      prs_MailingPostalCode: '98101',
    })
    for (const column of ['N', 'O', 'Q', 'R']) {
      const found = read.columns.find((each) => each.column === column)
      t.match(found?.note?.en, /differ; the name counts/, column)
    }
    const country = await readCases(await filled(name, { D: 'Melur', O: 'Jalan Contoh 1' }), NOW)
    const wrong = only(country.rows)
    t.equal(wrong.made, null, 'who followed the labels is told, and no street becomes a country')
    t.match(noteOf(wrong, 'prs_MailingCountry'), {
      cell: 'O3',
      level: 'problem',
      message: { en: /ISO 3166/ },
    })
  })

  t.test(`${name}: a misspelt name and a missing one are understood`, async (t) => {
    const grid = await filled(name, {
      D: 'Melur',
      T: 'Police',
      AJ: 'Migration Or Change Of Location',
    })
    const read = await readCases(grid, NOW)
    const columns = new Map(read.columns.map((each) => [each.column, each]))
    t.match(columns.get('T'), {
      header: 'vic_TraffickinStatusDecisionMakingOrg',
      field: 'vic_TraffickingStatusDecisionMakingOrg',
      note: { en: /is read as/ },
    })
    t.match(columns.get('AJ'), {
      field: 'cas_ReasonForOutgoingReferral',
      note: { en: /is read as/ },
    })
    const { made } = only(read.rows)
    t.equal(made?.data.exploitation?.['vic_TraffickingStatusDecisionMakingOrg'], 'Police')
    t.same(made?.data.narrative, {
      source_record: { from_cas_ReasonForOutgoingReferral: 'MigrationOrChangeOfLocation' },
    })
  })
}

t.test('validation sheet: every label that it offers is understood as its code', async (t) => {
  const labels = {
    U: labelsOf('vic_MethodOfRecruitment'),
    W: labelsOf('vic_MethodsOfControl'),
    X: labelsOf('vic_TypeOfExploitation'),
    Y: labelsOf('vic_ForcedLabourIndustry'),
    Z: labelsOf('vic_TypeOfSexExploitation'),
  }
  for (const [column, list] of Object.entries(labels)) {
    for (const { label, code } of list) {
      const { made } = only(
        (await readCases(await filled(EXCEL[1] ?? '', { [column]: label }), NOW)).rows,
      )
      t.same(Object.values(made?.data.exploitation ?? {}).flat(), [code], label)
    }
  }
  const grid = await filled(EXCEL[1] ?? '', {
    AB: 'Follow up',
    W: 'Debt bondage ; Threatens children/family',
    Y: 'Water supply; sewerage, waste management and remediation',
    G: 45_000,
    F: true,
  })
  const row = only((await readCases(grid, NOW)).rows)
  t.same(row.made?.data.exploitation, {
    vic_MethodsOfControl: ['DebtBondage', 'ThreatensChildrenFamily'],
    vic_ForcedLabourIndustry: 'E_WaterSupplySewerageWasteManagement',
  })
  t.same(row.made?.data.identity, { prs_Birthdate: '2023-03-15' }, 'a day as Excel keeps it')
  t.match(row.made, { age_band: 'under_12' })
  t.same(row.made?.data.narrative, {
    source_record: { from_cas_Status: 'FollowUp', from_con_Consent: true },
  })
  t.match(noteOf(row, 'con_Consent'), { level: 'notice', message: { en: /permits nothing/ } })
})

/** A submission of the published form, by the field names in its own model. */
const submission = (answers: Readonly<Record<string, string>>): string => {
  const form = file('htcds_xlsform.xml').toString('utf8')
  const instance = /<instance>(<data .*?<\/data>)<\/instance>/s.exec(form)?.[1] ?? ''
  let sent = instance
  for (const [name, value] of Object.entries(answers)) {
    t.ok(sent.includes(`<${name}/>`), `the form has ${name}`)
    sent = sent.replace(`<${name}/>`, `<${name}>${value}</${name}>`)
  }
  return sent
}

t.test(
  'XLSForm: underscored names, a label that lies, codes with spaces, several where one goes',
  async (t) => {
    const answers = {
      prs_First_Name: 'Melur',
      prs_Second_Name: 'Kenanga',
      prs_Title: 'Ibu',
      prs_Citizenship: 'ID',
      vic_Methods_of_Control: 'DebtBondage  TakesEarnings',
      vic_ForcedLabourIndustry: 'C_Manufacturing F_Construction',
      cas_ReasonForIncomingReferral: 'pindah kota',
      con_Consent: 'TRUE',
    }
    const choices = await readWorkbook(file('htcds_xlsform.xlsx'))
    t.ok(choices.rows.length > 30, 'the form`s own workbook is readable')
    t.notMatch(submission({}), /Outgoing/, 'the form asks nothing of outgoing referrals')
    const grid = readSubmissions(submission(answers))
    const row = only((await readCases(grid, NOW)).rows)
    t.equal(row.made, null, 'free text where HTCDS has codes is reported')
    t.match(noteOf(row, 'cas_ReasonForIncomingReferral'), {
      cell: 'cas_ReasonForIncomingReferral 1',
      level: 'problem',
      message: { en: /AdditionalServicesRequired/ },
    })
    const mended = submission({ ...answers, cas_ReasonForIncomingReferral: 'Other' })
    const landed = only((await readCases(readSubmissions(mended), NOW)).rows)
    t.same(landed.made?.data.identity, {
      prs_FirstName: 'Melur',
      prs_SecondName: 'Kenanga',
      prs_Title: 'Ibu',
      prs_Citizenship: ['ID'],
    })
    t.same(landed.made?.data.exploitation, {
      vic_MethodsOfControl: ['DebtBondage', 'TakesEarnings'],
      vic_ForcedLabourIndustry: 'C_Manufacturing',
    })
    t.match(landed.made?.data.narrative, {
      source_record: { from_vic_ForcedLabourIndustry: 'C_Manufacturing F_Construction' },
    })
    const read = await readCases(grid, NOW)
    t.match(
      read.columns.find((each) => each.field === 'prs_Title')?.note?.en,
      /asks for this as "Second Name"/,
    )
    const json = JSON.stringify([{ 'group/prs_Gender': 'Feminine', _id: 7, __version__: 'v' }])
    t.same(only((await readCases(readSubmissions(json), NOW)).rows).made?.data, {
      identity: { prs_Gender: 'Feminine' },
    })
  },
)

t.test('Field Definitions: terms that the code list spells otherwise, or not at all', async (t) => {
  const definitions = file('field-definitions.md').toString('utf8')
  const terms = [...new Set(definitions.match(/\bMethodsOfControl[A-Za-z]+/g))]
  t.equal(terms.length, 17)
  for (const term of terms) {
    const row = only((await readCases(await filled(EXCEL[0] ?? '', { W: term }), NOW)).rows)
    const [code] = (row.made?.data.exploitation?.['vic_MethodsOfControl'] ?? []) as string[]
    t.ok(
      labelsOf('vic_MethodsOfControl').some((each) => each.code === code),
      `${term}: ${code}`,
    )
    if (!/RestrictsMovement|UsesChildren/.test(term)) continue
    t.equal(code, 'Other')
    t.same(row.made?.data.narrative, { source_record: { from_vic_MethodsOfControl: term } })
    t.match(noteOf(row, 'vic_MethodsOfControl'), { cell: 'W3', level: 'notice' })
  }
})

t.test('ODS: its own misspelling is the code; a field without a type is text', async (t) => {
  const rows = await odsRows(file('field-standards-2.0.ods'))
  const relation = rows.find((row) => row.includes('vic_RelationshipToTrafficker')) ?? []
  const codes = relation.find((cell) => cell.includes('Familial'))?.split('\n') ?? []
  t.same(
    codes,
    labelsOf('vic_RelationshipToTrafficker').map(({ code }) => code),
  )
  const misspelt = codes.at(-1) ?? ''
  t.equal(misspelt, 'Unaquainted', 'as the original has it')
  const organisation =
    rows.find((row) => row.includes('per_') && row.includes('Organisation')) ?? []
  t.same(
    organisation.filter((cell) => cell !== ''),
    ['DRAFT', 'per_', 'Organisation'],
    'no type',
  )
  t.equal(HTCDS_FIELDS.find(({ field }) => field === 'per_Organisation')?.type, '')
  const field = organisation.slice(3, 5).join('')
  for (const written of [misspelt, 'Unacquainted']) {
    const csv = `vic_RelationshipToTrafficker,${field}\r\n${written},PT Contoh\r\n`
    const grid = await readFile('csv', Buffer.from(csv).toString('base64'))
    const row = only((await readCases(grid, NOW)).rows)
    t.same(row.made?.data.exploitation, {
      vic_RelationshipToTrafficker: misspelt,
      per_Organisation: 'PT Contoh',
    })
  }
})

t.test('values of version 0.2: labels, Nationality, genders that have no one code', async (t) => {
  const grid = (gender: string): Grid => ({
    isForm: false,
    rows: [
      {
        number: 1,
        cells: new Map([
          [0, 'prs_Nationality'],
          [1, 'prs_Gender'],
          [2, 'vic_MethodsOfControl'],
        ]),
      },
      {
        number: 2,
        cells: new Map([
          [0, 'Indonesia'],
          [1, gender],
          [2, 'Debt bondage, Takes earnings'],
        ]),
      },
    ],
  })
  const row = only((await readCases(grid('Female'), NOW)).rows)
  t.same(row.made?.data, {
    identity: { prs_Citizenship: ['ID'], prs_Gender: 'Feminine' },
    exploitation: { vic_MethodsOfControl: ['DebtBondage', 'TakesEarnings'] },
  })
  const wrong = only((await readCases(grid('Transgender'), NOW)).rows)
  t.match(noteOf(wrong, 'prs_Gender'), {
    cell: 'B2',
    level: 'problem',
    message: { en: /TransgenderFeminine/ },
  })
})
