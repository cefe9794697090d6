import type { Problems } from '../../src/problem.ts'

export const PROBLEMS = {
  therapy_notes_stay: {
    status: 422,
    title: { id: 'Catatan terapi tidak dikirim', en: 'Therapy notes are not sent' },
    detail: {
      id: 'Catatan terapi tidak pernah keluar dari lembaga penulisnya. Tulis hanya yang perlu diketahui, pada kategori lain.',
      en: 'Therapy notes never leave the agency that wrote them. Write what must be known in another category.',
    },
  },
  conversation_closed: {
    status: 409,
    title: { id: 'Percakapan belum atau tidak lagi terbuka', en: 'The conversation is not open' },
    detail: {
      id: 'Percakapan terbuka sejak rujukan diterima sampai layanan selesai. Di luar itu, bertanyalah dengan kode pada rujukan.',
      en: 'It is open from acceptance until the service is completed. Otherwise, ask in codes on the referral.',
    },
  },
  consent_ended: {
    status: 409,
    title: { id: 'Persetujuan sudah berakhir', en: 'Consent has ended' },
    detail: {
      id: 'Penyintas menarik persetujuan atau masanya habis. Tidak ada lagi yang ditulis atau dibaca.',
      en: 'The survivor withdrew consent or it expired. Nothing more is written or read.',
    },
  },
  category_not_shared: {
    status: 422,
    title: { id: 'Kategori ini tidak disetujui', en: 'Consent does not name this category' },
    detail: {
      id: 'Persetujuan untuk kedua lembaga ini tidak menyebut kategori itu. Minta persetujuan penyintas dahulu.',
      en: 'Consent for these two agencies does not name that category. Ask the survivor first.',
    },
  },
  sender_must_review: {
    status: 409,
    title: { id: 'Menunggu pengirim', en: 'Waiting for the sender' },
    detail: {
      id: 'Rujukan ini belum dapat dilanjutkan. Hubungi pengirim; ia melihat alasannya.',
      en: 'This referral cannot go on for now. Ask the sender, who can see why.',
    },
  },
  attachment_unknown: {
    status: 422,
    title: { id: 'Lampiran tidak ditemukan', en: 'Attachment not found' },
    detail: {
      id: 'Pakai lampiran yang Anda unggah untuk rujukan dan kategori ini, dan yang belum dikirim.',
      en: 'Use attachments that your agency uploaded for this referral and category and has not sent.',
    },
  },
  image_not_taken: {
    status: 422,
    title: { id: 'Gambar tidak diterima', en: 'Image not taken' },
    detail: {
      id: 'Kirim foto JPEG atau PNG yang utuh. Dokumen lain: foto halamannya.',
      en: 'Send a whole JPEG or PNG image. Of other documents, photograph the pages.',
    },
  },
  image_too_many_pixels: {
    status: 422,
    title: { id: 'Gambar terlalu besar', en: 'Too many pixels' },
    detail: {
      id: 'Paling banyak 24 megapiksel, dan 64 MiB bila dibongkar. Perkecil gambarnya.',
      en: 'At most 24 megapixels, and 64 MiB when unpacked. Make the image smaller.',
    },
  },
  image_too_large: {
    status: 413,
    title: { id: 'Berkas terlalu besar', en: 'The file is too large' },
    detail: { id: 'Paling banyak 8 MiB.', en: 'At most 8 MiB.' },
  },
  image_too_slow: {
    status: 408,
    title: { id: 'Unggahan terlalu lambat', en: 'The upload took too long' },
    detail: {
      id: 'Gambar harus tiba dalam satu menit. Perkecil gambarnya, atau kirim saat sinyal lebih baik.',
      en: 'An image must arrive within a minute. Make it smaller, or send it where the signal is better.',
    },
  },
  mention_unknown: {
    status: 422,
    title: { id: 'Rekan tidak ditemukan', en: 'Colleague not found' },
    detail: {
      id: 'Sebut hanya rekan selembaga yang akunnya aktif.',
      en: 'Mention colleagues of your own agency whose accounts are active.',
    },
  },
  not_author: {
    status: 403,
    title: { id: 'Bukan penulisnya', en: 'Not its author' },
    detail: {
      id: 'Hanya penulis atau penyelianya yang dapat menarik pesan.',
      en: 'Only its author, or a supervisor of the same agency, can retract a message.',
    },
  },
  already_retracted: {
    status: 409,
    title: { id: 'Pesan sudah ditarik', en: 'Already retracted' },
    detail: {
      id: 'Tidak ada yang perlu dilakukan; isinya tidak dapat dibaca lagi.',
      en: 'Nothing is to be done; it can be read no more.',
    },
  },
} as const satisfies Problems
