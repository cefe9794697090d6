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
  not_disclosed: {
    status: 422,
    title: { id: 'Tidak dibuka untuk Anda', en: 'Not disclosed to you' },
    detail: {
      id: 'Peninjau pengawas melihat catatan tanpa isinya. Cari tanpa kasus dan tanpa objek.',
      en: 'An oversight reviewer sees the trail without its content. Search without case and object.',
    },
  },
} as const satisfies Problems
