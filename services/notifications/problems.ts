import type { Problems } from '../../src/problem.ts'

export const PROBLEMS = {
  after_beyond_end: {
    status: 400,
    title: { id: 'Nomor belum ada', en: 'No such number yet' },
    detail: {
      id: 'Umpan lembaga Anda berakhir pada nomor {head}. Mulai dari nomor yang Anda miliki.',
      en: "Your agency's feed ends at number {head}. Start from a number that you have.",
    },
  },
  mail_not_set_up: {
    status: 409,
    title: { id: 'Surel belum disiapkan', en: 'Mail is not set up' },
    detail: {
      id: 'Hub ini belum mengirim surel. Pilih cara lain, atau minta pengelola hub mengatur SMTP_URL.',
      en: 'This hub sends no mail. Choose another way, or ask its administrator to set SMTP_URL.',
    },
  },
  address_refused: {
    status: 400,
    title: { id: 'Alamat ditolak', en: 'Address refused' },
    detail: {
      id: 'Alamat harus https pada host yang terdaftar untuk lembaga Anda ({why}). Minta pengelola hub mendaftarkannya.',
      en: 'It must be https on a host registered for your agency ({why}). Ask the hub administrator to register it.',
    },
  },
  too_many_channels: {
    status: 409,
    title: { id: 'Terlalu banyak saluran', en: 'Too many channels' },
    detail: {
      id: 'Paling banyak {most}. Hapus satu yang tidak dipakai, lalu coba lagi.',
      en: 'At most {most}. Remove one that is not used, then try again.',
    },
  },
  channel_known: {
    status: 409,
    title: { id: 'Sudah terdaftar', en: 'Registered already' },
    detail: {
      id: 'Alamat ini sudah terdaftar. Lihat daftar saluran Anda.',
      en: 'This address is registered already. See the list of your channels.',
    },
  },
  notice_not_dead: {
    status: 409,
    title: { id: 'Tidak perlu dikirim ulang', en: 'Nothing to send again' },
    detail: {
      id: 'Pemberitahuan ini sudah terkirim, masih dicoba, atau salurannya sudah dihapus.',
      en: 'This notice was sent, is still being tried, or its channel is gone.',
    },
  },
} as const satisfies Problems
