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

const listed = (asked: readonly string[], has: readonly string[]): Text => {
  const { met, missing } = split(asked, has)
  const [yes, no] = [met.join(', '), missing.join(', ')]
  if (missing.length === 0) return text(`Semua ada: ${yes}.`, `All there: ${yes}.`)
  if (met.length === 0) return text(`Tidak disebut: ${no}.`, `Not stated: ${no}.`)
  return text(`Ada: ${yes}. Tidak disebut: ${no}.`, `There: ${yes}. Not stated: ${no}.`)
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
    needs.length === 0 ? null : listed(needs, service.needs),
  languages: ({ service }, { languages = [] }) =>
    languages.length === 0 ? null : listed(languages, service.languages),
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
