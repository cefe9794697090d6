import type { Problems } from '../../src/problem.ts'

export const problems = {
  guardian_needed: {
    status: 422,
    title: { id: 'Wali harus dicatat', en: 'A guardian must be recorded' },
    detail: {
      id: 'Di bawah 18 tahun, atau umur tidak diketahui: catat wali dan persetujuan anak sendiri.',
      en: "Under 18, or of unknown age: record the guardian and the child's own agreement.",
    },
  },
  guardian_not_allowed: {
    status: 422,
    title: { id: 'Orang dewasa menyetujui sendiri', en: 'An adult consents in person' },
    detail: {
      id: 'Hapus bagian wali; penyintas dewasa memutuskan sendiri.',
      en: 'Remove the guardian; an adult survivor decides alone.',
    },
  },
  guardian_cannot_consent: {
    status: 422,
    title: { id: 'Wali ini tidak dapat menyetujui', en: 'This guardian cannot consent' },
    detail: {
      id: 'Keadaan wali: {state}. Hanya dasar hukum lain (lawful_bases) yang dapat dipakai, oleh penyelia.',
      en: 'State of the guardian: {state}. Only another lawful basis (lawful_bases) can serve, by a supervisor.',
    },
  },
  assent_missing: {
    status: 422,
    title: { id: 'Anak belum menyetujui', en: 'The child has not agreed' },
    detail: {
      id: 'Tanpa persetujuan anak sendiri tidak ada yang dibagikan. Jelaskan lagi, atau catat penolakannya.',
      en: "Without the child's own agreement nothing is shared. Explain again, or record the refusal.",
    },
  },
  stop_order_answered: {
    status: 409,
    title: { id: 'Perintah ini sudah dijawab', en: 'This order has been answered' },
    detail: {
      id: 'Jawaban pertama berlaku dan tercatat; tidak dapat diganti.',
      en: 'The first answer stands and is on the record; it cannot be replaced.',
    },
  },
} as const satisfies Problems
