import type { Problems } from '../../src/problem.ts'

export const PROBLEMS = {
  outside_ledger: {
    status: 404,
    title: { id: 'Di luar catatan', en: 'Outside the ledger' },
    detail: {
      id: 'Catatan kini berisi {size} entri. Minta posisi di bawahnya, dan ukuran 1 sampai itu.',
      en: 'The ledger has {size} entries now. Ask for a position below, and a size from 1 to that.',
    },
  },
  bundle_too_large: {
    status: 422,
    title: { id: 'Berkas terlalu besar', en: 'The bundle is too large' },
    detail: {
      id: 'Satu berkas memuat paling banyak {most} entri. Minta bagian demi bagian dengan from dan to.',
      en: 'A bundle holds at most {most} entries. Ask for one part after another with from and to.',
    },
  },
  nobody_to_ask: {
    status: 422,
    title: { id: 'Tidak ada yang dapat ditanya', en: 'Nobody to ask' },
    detail: {
      id: 'Alasan hanya dapat diminta dari orang lembaga Anda sendiri, selama isi entri belum dihapus.',
      en: 'A reason can be asked of your own people alone, as long as the entry was not erased.',
    },
  },
  question_answered: {
    status: 409,
    title: { id: 'Sudah dijawab', en: 'Already answered' },
    detail: {
      id: 'Alasan diberikan satu kali. Bicaralah dengan peninjau untuk menambahkan sesuatu.',
      en: 'A reason is given once. Talk to the reviewer to add something.',
    },
  },
  not_disclosed: {
    status: 422,
    title: { id: 'Tidak dibuka untuk Anda', en: 'Not disclosed to you' },
    detail: {
      id: 'Peninjau pengawas melihat catatan tanpa isinya. Cari tanpa kasus dan tanpa objek.',
      en: 'An oversight reviewer sees the trail without its content. Search without case and object.',
    },
  },
} as const satisfies Problems
