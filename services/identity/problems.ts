import type { Problems } from '../../src/problem.ts'

export const problems = {
  own_account: {
    status: 422,
    title: { id: 'Ini akun Anda sendiri', en: 'This is your own account' },
    detail: {
      id: 'Peran dan akses Anda sendiri diubah oleh orang lain. Minta penyelia atau pengelola lain.',
      en: 'Your own role and access are changed by somebody else. Ask another supervisor or administrator.',
    },
  },
  last_supervisor: {
    status: 422,
    title: { id: 'Penyelia terakhir', en: 'The last supervisor' },
    detail: {
      id: 'Tidak ada orang aktif lain dengan peran ini. Beri peran itu kepada orang lain dahulu.',
      en: 'Nobody else who is active has this role. Give it to somebody else first.',
    },
  },
  already_approved: {
    status: 409,
    title: { id: 'Anda sudah menyetujuinya', en: 'You already agreed' },
    detail: {
      id: 'Dua pengelola hub yang berbeda diperlukan. Minta pengelola kedua.',
      en: 'Two different administrators of the hub are needed. Ask the second one.',
    },
  },
  already_decided: {
    status: 409,
    title: { id: 'Sudah diputuskan', en: 'Already decided' },
    detail: {
      id: 'Usulan ini sudah dijalankan atau ditolak. Buat usulan baru bila masih perlu.',
      en: 'This proposal was carried out or rejected. Make a new one if it is still needed.',
    },
  },
  fingerprint_differs: {
    status: 422,
    title: { id: 'Sidik kunci berbeda', en: 'The fingerprint differs' },
    detail: {
      id: 'Telepon lembaga itu lewat nomor yang Anda kenal, minta dibacakan lagi, dan tulis yang Anda dengar. Bila tetap berbeda, tolak usulan ini.',
      en: 'Call the agency on a number that you know, have it read again, and write what you hear. If it still differs, reject this proposal.',
    },
  },
  name_taken: {
    status: 409,
    title: { id: 'Nama sudah dipakai', en: 'The name is taken' },
    detail: {
      id: 'Nama program atau kode lembaga ini sudah dipakai. Pilih yang lain.',
      en: 'This name of a program or code of an agency is in use. Choose another.',
    },
  },
  key_proof_wrong: {
    status: 422,
    title: { id: 'Bukti kunci tidak sah', en: 'The proof of the key does not hold' },
    detail: {
      id: 'Minta tantangan baru (GET /v1/identity/key-challenge) dan tanda tangani dengan kunci P-256 itu sendiri (ES256): typ, kid, iss, aud, challenge, iat. Yang salah: {what}.',
      en: 'Ask for a new challenge (GET /v1/identity/key-challenge) and sign it with that P-256 key itself (ES256): typ, kid, iss, aud, challenge, iat. What is wrong: {what}.',
    },
  },
  key_known: {
    status: 409,
    title: { id: 'Kunci ini sudah dikenal', en: 'This key is known already' },
    detail: {
      id: 'Kunci ini sudah diusulkan, dipakai, atau dicabut. Buat pasangan kunci baru.',
      en: 'This key was proposed, used or revoked before. Make a new pair of keys.',
    },
  },
} as const satisfies Problems
