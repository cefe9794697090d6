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
  birthday_needed: {
    status: 422,
    title: { id: 'Tanggal genap 18 tahun diperlukan', en: 'The 18th birthday is needed' },
    detail: {
      id: 'Isi turns_18_on: sejak hari itu wali tidak lagi menyetujui. Bila tidak diketahui, isi tanggal paling awal yang mungkin.',
      en: 'Give turns_18_on: from that day on a guardian consents no more. When it is not known, give the earliest day that it can be.',
    },
  },
  recipient_unknown: {
    status: 422,
    title: { id: 'Penerima tidak dikenal', en: 'The recipient is not known' },
    detail: {
      id: 'Lembaga ini tidak ada di direktori atau tidak aktif (recipients). Pilih dari direktori.',
      en: 'These agencies (recipients) are not in the directory, or are not active. Choose from the directory.',
    },
  },
  basis_does_not_cover: {
    status: 422,
    title: { id: 'Dasar hukum ini tidak mencakupnya', en: 'This lawful basis does not cover it' },
    detail: {
      id: 'Sebut hanya tujuan (purposes) dan data minimum (categories) yang dicakup dasar ini; selebihnya perlu persetujuan.',
      en: 'Name only the purposes and the minimum data (categories) that this basis covers; the rest needs consent.',
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
  statement_overtaken: {
    status: 409,
    title: {
      id: 'Pernyataan sudah didahului',
      en: 'The statement was overtaken',
    },
    detail: {
      id: 'Sejak teks ini dibuat, penyintas menarik persetujuan atau menyatakan yang lain. Tanyakan lagi, lalu minta teks baru (POST /v1/consents/to-sign).',
      en: 'Since these texts were made out the survivor withdrew consent or said something else. Ask again, then for new texts (POST /v1/consents/to-sign).',
    },
  },
  statement_signature_wrong: {
    status: 422,
    title: {
      id: 'Tanda tangan pernyataan tidak sah',
      en: 'The signature of the statement does not hold',
    },
    detail: {
      id: 'Minta teks baru (POST /v1/consents/to-sign) dan tanda tangani apa adanya dengan kunci lembaga yang berlaku (ES256). Yang salah: {what}.',
      en: 'Ask for new texts (POST /v1/consents/to-sign) and sign them as they are with a live key of the agency (ES256). What is wrong: {what}.',
    },
  },
  agency_key_ended: {
    status: 409,
    title: { id: 'Kunci ini sudah berakhir', en: 'This key has ended' },
    detail: {
      id: 'Kunci ini sudah dipensiunkan atau dicabut. Untuk menandatangani, usulkan kunci baru.',
      en: 'This key was retired or revoked before. To sign, propose a new key.',
    },
  },
} as const satisfies Problems
