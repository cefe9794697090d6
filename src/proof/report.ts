/** A verdict for people, in Indonesian and English. */
import type { Fault, Verdict } from './verdict.ts'

export type ReportLanguage = 'id' | 'en'

interface Said {
  readonly id: string
  readonly en: string
}

/** What each fault means, and what to do. */
export const FAULTS: Readonly<Record<Fault, Said>> = {
  checkpoint_not_signed: {
    id: 'Kepala catatan tidak ditandatangani oleh kunci dalam kebijakan Anda, atau tanda tangannya salah.',
    en: 'The head of the ledger is not signed by a key of your policy, or a signature in it is wrong.',
  },
  checkpoint_of_other_log: {
    id: 'Kepala ini milik catatan lain.',
    en: 'This head belongs to another ledger.',
  },
  quorum_missing: {
    id: 'Saksi yang menandatangani kurang dari kuorum kebijakan: hub dapat menunjukkan riwayat lain kepada pihak lain.',
    en: 'Fewer witnesses cosigned than your policy asks for: the hub may be showing others another history.',
  },
  cosigned_in_future: {
    id: 'Seorang saksi menandatangani pada waktu yang belum terjadi. Periksa jam Anda.',
    en: 'A witness cosigned at a time that has not come. Check your clock.',
  },
  rolled_back: {
    id: 'Catatan lebih pendek daripada yang Anda simpan atau yang dipegang saksi: catatan digulung mundur. Hubungi para saksi.',
    en: 'The ledger is shorter than the one that you kept or that a witness holds: it was rolled back. Call the witnesses.',
  },
  forked: {
    id: 'Catatan bukan lanjutan dari yang Anda simpan atau yang dipegang saksi: hub menunjukkan dua riwayat. Simpan kedua berkas; keduanya bukti bertanda tangan hub.',
    en: 'The ledger does not continue the one that you kept or that a witness holds: the hub shows two histories. Keep both files, they are evidence that the hub signed.',
  },
  growth_not_proven: {
    id: 'Berkas tidak membuktikan bahwa catatan adalah lanjutan dari yang Anda simpan. Minta berkas baru dengan ukuran itu.',
    en: 'The bundle does not prove that the ledger continues the one you kept. Ask for one that begins at that size.',
  },
  not_a_leaf: { id: 'Entri ini rusak.', en: 'This entry is damaged.' },
  not_in_ledger: {
    id: 'Entri ini tidak ada dalam catatan pada tempat itu.',
    en: 'This entry is not in the ledger at that place.',
  },
  disclosure_not_in_leaf: {
    id: 'Isi yang dibuka bukan isi entri ini.',
    en: 'What was opened is not what this entry says.',
  },
  disclosure_twice: {
    id: 'Isi yang sama dibuka dua kali.',
    en: 'The same content is opened twice.',
  },
  number_not_disclosed: {
    id: 'Entri ini tidak membuka nomor urutnya bagi lembaga.',
    en: "This entry does not open its number in the agency's feed.",
  },
  foreign_number: {
    id: 'Entri ini membuka nomor lembaga lain.',
    en: "This entry opens another agency's number.",
  },
  entry_missing: {
    id: 'Entri dengan nomor ini hilang.',
    en: 'The entry with this number is missing.',
  },
  entry_twice: { id: 'Entri ini muncul dua kali.', en: 'This entry comes twice.' },
  entry_not_claimed: {
    id: 'Nomor entri ini di luar yang dinyatakan berkas.',
    en: 'The number of this entry is outside what the bundle claims.',
  },
  out_of_order: { id: 'Entri ini tidak pada urutannya.', en: 'This entry is out of order.' },
  head_not_signed: {
    id: 'Kepala alur lembaga tidak ditandatangani oleh catatan ini.',
    en: "The head of the agency's feed is not signed by this ledger.",
  },
  head_missing: {
    id: 'Berkas menyatakan lengkap tetapi tanpa kepala alur lembaga.',
    en: "The bundle claims to be whole and has no head of the agency's feed.",
  },
  feed_differs_from_head: {
    id: 'Entri bukan alur lembaga yang ditandatangani hub: ada yang dihilangkan atau diganti.',
    en: "The entries are not the agency's feed that the hub signed: something was left out or replaced.",
  },
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19) + 'Z'

const witnessLines = ({ witnesses, unknownSignatures }: Verdict, language: ReportLanguage) => {
  const lines = witnesses.map(({ name, at }) => {
    if (at !== null) return `  + ${name}: ${time(at)}`
    return language === 'id' ? `  - ${name}: belum menandatangani` : `  - ${name}: has not cosigned`
  })
  if (unknownSignatures > 0) {
    lines.push(
      language === 'id'
        ? `  ? ${unknownSignatures} tanda tangan oleh kunci di luar kebijakan Anda (diabaikan)`
        : `  ? ${unknownSignatures} signatures by keys outside your policy (ignored)`,
    )
  }
  return lines
}

const countLines = ({ entries }: Verdict): string[] => {
  const counts = new Map<string, number>()
  for (const { leaf } of entries) {
    const key = `${leaf.typ} ${leaf.res}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, n]) => `  ${n} × ${key}`)
}

const claim = ({ numbers, grownFrom }: Verdict, language: ReportLanguage): string[] => {
  const lines: string[] = []
  if (numbers !== null) {
    const { from, to } = numbers
    lines.push(
      language === 'id'
        ? `Lengkap: nomor ${from} sampai ${to}, tanpa celah.`
        : `Whole: numbers ${from} to ${to}, without a gap.`,
    )
  } else {
    lines.push(
      language === 'id'
        ? 'Pilihan: berkas ini tidak menyatakan lengkap.'
        : 'A selection: this bundle does not claim to be whole.',
    )
  }
  for (const size of grownFrom) {
    lines.push(
      language === 'id'
        ? `Lanjutan dari catatan yang Anda simpan (${size} entri).`
        : `Continues the ledger that you kept (${size} entries).`,
    )
  }
  return lines
}

const MOST_FINDINGS = 50

const findingLines = ({ findings }: Verdict, language: ReportLanguage): string[] => {
  const lines = findings.slice(0, MOST_FINDINGS).map(({ fault, at }) => {
    const what = language === 'id' ? (fault === 'entry_missing' ? 'nomor' : 'posisi') : null
    const where = what ?? (fault === 'entry_missing' ? 'number' : 'position')
    return `  ! ${at === null ? '' : `${where} ${at}: `}${FAULTS[fault][language]} [${fault}]`
  })
  const more = findings.length - lines.length
  if (more > 0) lines.push(language === 'id' ? `  … dan ${more} lagi` : `  … and ${more} more`)
  return lines
}

const times = ({ entries }: Verdict): string => {
  const sorted = entries.map(({ leaf }) => leaf.t).sort()
  return sorted.length === 0 ? '' : `, ${sorted[0]} … ${sorted.at(-1)}`
}

/** The whole report in one language, lines ended by newlines. */
export function reportOf(verdict: Verdict, language: ReportLanguage): string {
  const { holds, origin, size, agency, entries, erased } = verdict
  const isId = language === 'id'
  const lines = isId
    ? [
        holds ? 'CATATAN INI UTUH.' : 'CATATAN INI TIDAK DAPAT DIPERCAYA.',
        `Catatan: ${origin || '-'}, ${size} entri seluruhnya.`,
        `Lembaga: ${agency ?? 'pengawas, tanpa isi'}.`,
        `Diperiksa: ${entries.length} entri${times(verdict)}; ${erased} isinya sudah dihapus.`,
      ]
    : [
        holds ? 'THIS TRAIL HOLDS.' : 'THIS TRAIL CANNOT BE TRUSTED.',
        `Ledger: ${origin || '-'}, ${size} entries in all.`,
        `Agency: ${agency ?? 'oversight, without content'}.`,
        `Checked: ${entries.length} entries${times(verdict)}; the content of ${erased} was erased.`,
      ]
  const witnesses = witnessLines(verdict, language)
  if (holds) lines.push(...claim(verdict, language))
  else lines.push(...findingLines(verdict, language))
  if (witnesses.length > 0) lines.push(isId ? 'Saksi:' : 'Witnesses:', ...witnesses)
  if (entries.length > 0) lines.push(isId ? 'Isi:' : 'Content:', ...countLines(verdict))
  return `${lines.join('\n')}\n`
}
