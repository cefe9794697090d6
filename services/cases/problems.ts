import type { Problems } from '../../src/problem.ts'

export const problems = {
  data_too_large: {
    status: 413,
    title: { id: 'Data terlalu besar', en: 'The data is too large' },
    detail: {
      id: 'Satu kategori memuat paling banyak 64 KiB. Ringkas, atau bagi menurut kategorinya.',
      en: 'One category holds at most 64 KiB. Shorten it, or put each part in its own category.',
    },
  },
  stage_in_hand: {
    status: 409,
    title: { id: 'Tahap ini sedang ditangani', en: 'This stage is in hand' },
    detail: {
      id: 'Ada rujukan yang berjalan untuk tahap ini. Tarik rujukan itu dahulu, lalu ubah tahapnya.',
      en: 'A referral for this stage is under way. Withdraw it first, then set the stage.',
    },
  },
  pathway_unfinished: {
    status: 409,
    title: { id: 'Jalur belum selesai', en: 'The pathway is not finished' },
    detail: {
      id: 'Masih ada celah atau tahap yang diperlukan. Selesaikan, atau catat mengapa tidak, lalu tutup.',
      en: 'There are gaps, or stages still needed. See to them or record why not, then close.',
    },
  },
  period_not_over: {
    status: 409,
    title: { id: 'Triwulan belum selesai', en: 'The quarter is not over' },
    detail: {
      id: 'Angka satu triwulan dibuka sehari sesudah triwulan itu berakhir: mulai {from}.',
      en: 'The counts of a quarter are shown from the day after it has ended: from {from}.',
    },
  },
} as const satisfies Problems
