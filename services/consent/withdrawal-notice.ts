import type { Text } from '../../src/problem.ts'
import type { AgencyFacts } from './recipients.ts'
import type { GrantRow } from './tables.ts'
import type { Scope } from './take-away.ts'

const BASIS_NAMES: Readonly<Record<GrantRow['basis'], Text>> = {
  consent: { id: 'persetujuan', en: 'consent' },
  statutory_report: { id: 'laporan wajib', en: 'a statutory report' },
  vital_interest: { id: 'kepentingan vital', en: 'vital interest' },
  public_task: { id: 'tugas publik', en: 'a public task' },
}

const WITHDRAWN: Text = {
  id: 'Persetujuan {scope} ditarik. Mulai sekarang atas persetujuan itu tidak ada lagi yang dikirim dan tidak ada yang dapat dibuka. Yang sudah dibaca tidak dapat ditarik kembali; setiap pemegang diperintahkan berhenti dalam 3x24 jam, dan jawabannya terlihat di sini.',
  en: 'Consent {scope} is withdrawn. From now on nothing more is sent on it and nothing can be opened. What was read cannot be recalled; every holder is ordered to stop within 3x24 hours, and each answer shows here.',
}
const NONE_WAS: Text = {
  id: 'Tidak ada persetujuan yang masih berlaku {scope}.',
  en: 'Nothing was consented to any more {scope}.',
}
/** For an agency that the case has left: where she is served now is not for it to know. */
export const PASSED_ON: Text = {
  id: 'Sudah dicatat dan berlaku mulai sekarang. Lembaga yang kini memegang kasus ini diberi tahu dan memantau setiap pemegang; sampaikan itu kepada penyintas.',
  en: 'It is recorded and holds from now on. The agency that now has this case is told and follows every holder; tell the survivor so.',
}
const NOTHING_ELSE: Text = {
  id: 'Tidak ada dasar lain yang mengizinkannya.',
  en: 'Nothing else permits it.',
}
const STILL: Text = {
  id: 'Yang tetap diizinkan, bukan atas persetujuan dan tidak berakhir dengan penarikan ini: {list}. Penyelia dapat mengakhirinya lebih awal.',
  en: 'Still permitted, not by consent and not ended by this: {list}. A supervisor can end it early.',
}
const ONE: Text = {
  id: '{basis} ({law}) kepada {agency} untuk {purpose}: {categories}, sampai {until}',
  en: '{basis} ({law}) to {agency} for {purpose}: {categories}, until {until}',
}

const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)

const scopeWords = (scope: Scope, language: keyof Text): string => {
  const words = { id: [] as string[], en: [] as string[] }
  if (scope.recipient === null) {
    words.id.push('kepada semua lembaga')
    words.en.push('to every agency')
  } else {
    words.id.push('kepada lembaga ini')
    words.en.push('to this agency')
  }
  if (scope.purpose !== null) {
    words.id.push(`untuk ${scope.purpose}`)
    words.en.push(`for ${scope.purpose}`)
  }
  if (scope.category !== null) {
    words.id.push(`mengenai ${scope.category}`)
    words.en.push(`about ${scope.category}`)
  }
  return words[language].join(' ')
}

/**
 * What is read to the survivor: what ended, and exactly what still permits and why. `remaining` are
 * other lawful bases that are in force within the scope.
 */
export const withdrawalNotice = (
  scope: Scope,
  hasEnded: boolean,
  remaining: readonly GrantRow[],
  agencies: readonly AgencyFacts[],
): Text => {
  const say = (language: keyof Text): string => {
    const list = remaining.map((row) => {
      const agency = agencies.find((one) => one.id === row.recipient)
      const name = language === 'id' ? agency?.name_id : agency?.name_en
      return fill(ONE[language], {
        basis: BASIS_NAMES[row.basis][language],
        law: row.legal_reference ?? '',
        agency: name ?? row.recipient,
        purpose: row.purpose,
        categories: row.categories.join(', '),
        until: `${row.ends_at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      })
    })
    const first = fill((hasEnded ? WITHDRAWN : NONE_WAS)[language], {
      scope: scopeWords(scope, language),
    })
    const rest =
      list.length === 0 ? NOTHING_ELSE[language] : fill(STILL[language], { list: list.join('; ') })
    return `${first} ${rest}`
  }
  return { id: say('id'), en: say('en') }
}
