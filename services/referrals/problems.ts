import type { Problems } from '../../src/problem.ts'

export const PROBLEMS = {
  no_free_place: {
    status: 409,
    title: { id: 'Tidak ada tempat kosong', en: 'No free place' },
    detail: {
      id: 'Semua tempat yang kosong sudah ditahan. Tetap kirim rujukan, atau cari layanan lain.',
      en: 'Every empty place is held already. The referral can be sent all the same, or elsewhere.',
    },
  },
  no_places_held: {
    status: 409,
    title: { id: 'Tempat tidak dapat ditahan', en: 'Places are not held here' },
    detail: {
      id: 'Layanan ini tidak mencatat atau tidak menahan tempat. Tanyakan lewat rujukannya.',
      en: 'This service does not count places, or holds none. Ask it with the referral itself.',
    },
  },
  case_unknown: {
    status: 422,
    title: { id: 'Kasus tidak ditemukan', en: 'Case not found' },
    detail: {
      id: 'Pakai id kasus terbuka milik lembaga Anda.',
      en: 'Use the id of an open case of your own agency.',
    },
  },
  service_unknown: {
    status: 422,
    title: { id: 'Layanan tidak tersedia', en: 'Service not available' },
    detail: {
      id: 'Layanan ini tidak ada atau tidak aktif. Cari lagi di direktori.',
      en: 'This service does not exist or is not active. Search the directory again.',
    },
  },
  own_service: {
    status: 422,
    title: { id: 'Layanan sendiri', en: "Your own agency's service" },
    detail: {
      id: 'Rujukan selalu ke lembaga lain. Untuk layanan sendiri, catat pada kasus.',
      en: 'A referral goes to another agency. Record your own service on the case.',
    },
  },
  urgency_not_taken: {
    status: 422,
    title: { id: 'Tingkat kedesakan tidak diterima', en: 'Urgency not taken' },
    detail: {
      id: 'Layanan ini tidak menerima kedesakan itu. Pilih layanan lain atau hubungi langsung.',
      en: 'This service does not take that urgency. Choose another service or call it.',
    },
  },
  return_gate: {
    status: 422,
    title: { id: 'Gerbang pemulangan belum terpenuhi', en: 'The return gate is not met' },
    detail: {
      id: 'Catat dahulu, untuk tujuan ini, keinginan penyintas sendiri dan penilaian risiko. Bila ia tidak mau, jangan kirim.',
      en: "First record, for this purpose, the survivor's own wish and a risk assessment. Where she does not want it, do not send.",
    },
  },
  recipient_not_available: {
    status: 422,
    title: { id: 'Penerima tidak tersedia untuk kasus ini', en: 'Recipient not available' },
    detail: {
      id: 'Lembaga ini tidak dapat dipilih untuk kasus ini. Pilih lembaga lain.',
      en: 'This agency cannot be chosen for this case. Choose another agency.',
    },
  },
  consent_missing: {
    status: 422,
    title: { id: 'Persetujuan tidak mencakup rujukan ini', en: 'Consent does not cover this' },
    detail: {
      id: 'Layanan memerlukan kategori pada "missing". Catat persetujuan yang menyebut penerima, tujuan, dan kategori itu, atau isi datanya.',
      en: 'The service needs the categories in "missing". Record consent that names this recipient, purpose and category, or fill in the data.',
    },
  },
  statement_distrusted: {
    status: 409,
    title: {
      id: 'Persetujuan ditandatangani kunci yang dicabut',
      en: 'The key that signed this consent was revoked',
    },
    detail: {
      id: 'Kunci yang menandatangani persetujuan ini dicabut, jadi tidak ada yang diizinkannya. Lembaga pemilik kasus menanyakan lagi kepada penyintas dan mencatat persetujuannya dari awal, ditandatangani kunci yang berlaku; sesudah itu ulangi.',
      en: 'The key that signed this consent was revoked, so it permits nothing. The agency that has the case asks the survivor again and records the consent anew, signed with a live key; then repeat.',
    },
  },
  consent_ended: {
    status: 409,
    title: { id: 'Persetujuan sudah berakhir', en: 'Consent has ended' },
    detail: {
      id: 'Tidak ada persetujuan yang masih mengizinkan ini: ditarik, habis masanya, atau tidak lagi sesuai dengan kasusnya. Kategori lain dapat dibuka bila persetujuannya masih ada.',
      en: 'No consent permits this now: it was withdrawn, ran out, or does not fit the case any more. Other categories open while their consent holds.',
    },
  },
  not_in_package: {
    status: 404,
    title: { id: 'Kategori tidak ada dalam paket', en: 'Category not in the package' },
    detail: {
      id: 'Kategori ini tidak dibagikan atau sudah ditarik. Tanyakan kepada pengirim.',
      en: 'This category was not shared, or was taken back. Ask the sender.',
    },
  },
  not_yet_accepted: {
    status: 409,
    title: { id: 'Paket belum atau tidak lagi terbuka', en: 'The package is not open' },
    detail: {
      id: 'Paket terbuka sejak rujukan diterima sampai layanan selesai.',
      en: 'The package is open from acceptance until the service is completed.',
    },
  },
  break_glass_not_needed: {
    status: 409,
    title: { id: 'Akses darurat tidak diperlukan', en: 'Nothing to break' },
    detail: {
      id: 'Kategori pada "categories" sudah dapat dibuka dengan persetujuan. Buka seperti biasa.',
      en: 'The categories in "categories" open by consent already. Open them the ordinary way.',
    },
  },
  break_glass_not_accepted: {
    status: 409,
    title: { id: 'Rujukan ini belum pernah diterima', en: 'This referral was never accepted' },
    detail: {
      id: 'Sebelum diterima hanya amplopnya yang terlihat. Terima rujukan ini dahulu, atau hubungi pengirim.',
      en: 'Before acceptance the envelope alone is seen. Accept this referral first, or call the sender.',
    },
  },
  break_glass_wrong_recipient: {
    status: 409,
    title: { id: 'Rujukan ini salah alamat', en: 'This referral went to the wrong recipient' },
    detail: {
      id: 'Pengirim menariknya karena bukan untuk lembaga Anda. Akses darurat tidak membukanya; hubungi pengirim.',
      en: 'The sender withdrew it because it was not for your agency. Nothing opens it; call the sender.',
    },
  },
  break_glass_exists: {
    status: 409,
    title: { id: 'Akses darurat Anda masih berjalan', en: 'You have one open already' },
    detail: {
      id: 'Satu orang hanya boleh punya satu permintaan atau akses darurat. Akhiri yang ada dahulu.',
      en: 'One person has one request or access at a time. End that one first.',
    },
  },
  break_glass_limit: {
    status: 409,
    title: { id: 'Batas akses darurat tercapai', en: 'Too many in a day' },
    detail: {
      id: 'Satu lembaga boleh meminta {most} kali dalam 24 jam. Hubungi pemilik kasus.',
      en: 'An agency may ask {most} times within 24 hours. Call the owner of the case.',
    },
  },
  break_glass_over: {
    status: 409,
    title: { id: 'Tidak berlaku lagi atau belum disetujui', en: 'Over, or not approved' },
    detail: {
      id: 'Permintaan ini berstatus "{state}". Bila masih perlu, minta akses darurat yang baru.',
      en: 'Its state is "{state}". Ask anew if it is still needed.',
    },
  },
  not_named: {
    status: 409,
    title: { id: 'Kategori tidak disebut', en: 'Category not named' },
    detail: {
      id: 'Akses darurat hanya membuka kategori yang disebut saat diminta.',
      en: 'A broken glass opens the categories that were named when it was asked for, and no others.',
    },
  },
  open_referral_exists: {
    status: 409,
    title: { id: 'Sudah ada rujukan terbuka', en: 'An open referral exists' },
    detail: {
      id: 'Kasus ini sudah dirujuk ke layanan ini. Lanjutkan atau tarik yang ada.',
      en: 'This case is already referred to this service. Continue or withdraw that one.',
    },
  },
  previous_unknown: {
    status: 422,
    title: { id: 'Rujukan sebelumnya tidak cocok', en: 'Previous referral does not fit' },
    detail: {
      id: 'Pakai id rujukan Anda untuk kasus yang sama, yang sudah berakhir.',
      en: 'Use the id of a referral of yours for the same case that has ended.',
    },
  },
  note_required: {
    status: 422,
    title: { id: 'Penjelasan wajib', en: 'A note is required' },
    detail: {
      id: 'Alasan "other" memerlukan penjelasan pada "note".',
      en: 'The reason "other" needs an explanation in "note".',
    },
  },
  review_date: {
    status: 422,
    title: { id: 'Tanggal tinjau tidak sesuai', en: 'Review date does not fit' },
    detail: {
      id: 'Isi "review_at" antara sekarang dan {days} hari lagi.',
      en: 'Set "review_at" between now and {days} days from now.',
    },
  },
  arrival_code_wrong: {
    status: 422,
    title: { id: 'Kode kedatangan salah', en: 'Arrival code wrong' },
    detail: {
      id: 'Periksa kode yang dibawa penyintas atau pendamping. Sisa percobaan: {left}.',
      en: 'Check the code that the survivor or escort carries. Tries left: {left}.',
    },
  },
  arrival_code_locked: {
    status: 409,
    title: { id: 'Kode kedatangan terkunci', en: 'Arrival code locked' },
    detail: {
      id: 'Terlalu banyak kode salah. Minta pengirim memperbarui kode.',
      en: 'Too many wrong codes. Ask the sender to renew the code.',
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
  suggested_unknown: {
    status: 422,
    title: { id: 'Lembaga yang disarankan tidak dikenal', en: 'Suggested agency not known' },
    detail: {
      id: 'Sarankan lembaga yang ada di direktori dan aktif, atau hapus "suggested".',
      en: 'Suggest an agency that is in the directory and active, or leave "suggested" out.',
    },
  },
  ownership_moved: {
    status: 409,
    title: { id: 'Kasus sudah berpindah', en: 'The case has moved' },
    detail: {
      id: 'Pengirim bukan lagi pemilik kasus ini, maka alih kasus ini tidak dapat selesai.',
      en: 'The sender no longer owns this case, so this transfer cannot complete.',
    },
  },
} as const satisfies Problems
