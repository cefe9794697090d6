import type { Need } from '../../src/contracts/codes.ts'
import type { MatchCriterion, MatchQuestion, MatchReason } from '../../src/contracts/matching.ts'
import { WEIGHTS } from '../../src/contracts/matching.ts'
import { type Text, text } from '../../src/problem.ts'
import type { Candidate } from './matching.ts'

const AREAS = [
  text('Melayani kabupaten/kota ini sendiri.', 'Serves this very regency or city.'),
  text('Melayani provinsinya.', 'Serves its province.'),
  text('Melayani seluruh negara.', 'Serves the whole country.'),
] as const

const split = (asked: readonly string[], has: readonly string[]) => ({
  met: asked.filter((code) => has.includes(code)),
  missing: asked.filter((code) => !has.includes(code)),
})

const NEED_NAMES: Readonly<Record<Need, Text>> = {
  accompanied_children: text('membawa anak', 'children who come along'),
  disability_access: text('akses disabilitas', 'disability access'),
  interpreter: text('juru bahasa', 'interpreter'),
  medical_urgent: text('perlu medis segera', 'urgent medical care'),
  medication: text('obat rutin', 'regular medication'),
  pregnancy: text('kehamilan', 'pregnancy'),
  female_staff: text('petugas perempuan', 'female staff'),
  male_staff: text('petugas laki-laki', 'male staff'),
  protected_site: text('tempat terlindung', 'protected site'),
  travel_documents: text('dokumen perjalanan', 'travel documents'),
  wage_claim: text('tuntutan upah', 'wage claim'),
}

const needName = (code: string): Text => NEED_NAMES[code as Need] ?? text(code, code)

const IN = {
  id: new Intl.DisplayNames(['id'], { type: 'language' }),
  en: new Intl.DisplayNames(['en'], { type: 'language' }),
} as const

const languageName = (code: string): Text => text(IN.id.of(code) ?? code, IN.en.of(code) ?? code)

const listed = (
  asked: readonly string[],
  has: readonly string[],
  nameOf: (code: string) => Text,
): Text => {
  const { met, missing } = split(asked, has)
  const say = (language: 'id' | 'en', yes: string, no: string, all: string): string => {
    const words = (codes: readonly string[]) =>
      codes.map((code) => nameOf(code)[language]).join(', ')
    if (missing.length === 0) return `${all}: ${words(met)}.`
    if (met.length === 0) return `${no}: ${words(missing)}.`
    return `${yes}: ${words(met)}. ${no}: ${words(missing)}.`
  }
  return text(
    say('id', 'Ada', 'Tidak disebut', 'Semua ada'),
    say('en', 'There', 'Not stated', 'All there'),
  )
}

const capacity = ({ free, freshness }: Candidate): Text => {
  if (free === null) return text('Sisa tempat tidak dicatat.', 'Free places are not counted.')
  if (freshness <= 0) {
    return text('Catatan sisa tempat sudah usang.', 'The count of free places is out of date.')
  }
  const age = freshness >= 1 ? text('baru', 'fresh') : text('mulai usang', 'ageing')
  return text(`Sisa ${free}, catatan ${age.id}.`, `${free} free, by a count that is ${age.en}.`)
}

const response = ({ response: { asked, answered, in_time } }: Candidate): Text => {
  if (asked <= 0) return text('Belum pernah diminta.', 'Not asked so far.')
  return text(
    `Dalam enam bulan menjawab ${answered} dari ${asked}, ${in_time} tepat waktu.`,
    `Answered ${answered} of ${asked} in six months, ${in_time} in time.`,
  )
}

const TEXTS: Readonly<
  Record<MatchCriterion, (candidate: Candidate, question: MatchQuestion) => Text | null>
> = {
  area: (candidate, { area }) =>
    area === undefined ? null : (AREAS[candidate.area_rank] ?? AREAS[2]),
  needs: ({ service }, { needs = [] }) =>
    needs.length === 0 ? null : listed(needs, service.needs, needName),
  languages: ({ service }, { languages = [] }) =>
    languages.length === 0 ? null : listed(languages, service.languages, languageName),
  capacity,
  open_now: ({ is_open: isOpen, service }) => {
    if (service.always_open)
      return text('Selalu menerima rujukan.', 'Takes referrals at every hour.')
    return isOpen ? text('Buka sekarang.', 'Open now.') : text('Tutup sekarang.', 'Closed now.')
  },
  response,
}

/** Why a candidate is where it is: each criterion that was asked or is always looked at. */
export const reasonsOf = (candidate: Candidate, question: MatchQuestion): MatchReason[] =>
  (Object.keys(WEIGHTS) as MatchCriterion[]).flatMap((criterion) => {
    const said = TEXTS[criterion](candidate, question)
    const points = candidate.points[criterion]
    return said === null ? [] : [{ criterion, points, of: WEIGHTS[criterion], text: said }]
  })
