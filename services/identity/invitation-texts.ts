import type { Text } from '../../src/problem.ts'

export const INVITATION_TEXTS = {
  title: { id: 'Undangan ke Titian', en: 'Invitation to Titian' },
  welcome: { id: 'Undangan ini untuk', en: 'This invitation is for' },
  passkey: { id: 'Buat kunci sandi', en: 'Make a passkey' },
  passkeyAbout: {
    id: 'Paling mudah dan paling aman: kunci sandi di ponsel atau komputer Anda, dibuka dengan sidik jari, wajah atau PIN.',
    en: 'The easiest and safest way: a passkey in your phone or computer, opened with a fingerprint, a face or a PIN.',
  },
  other: { id: 'Atau kata sandi dan kode', en: 'Or a password and a code' },
  login: { id: 'Nama masuk Anda', en: 'Your sign-in name' },
  password: { id: 'Kata sandi', en: 'Password' },
  rule: {
    id: '12 sampai 200 karakter. Beberapa kata yang tidak berhubungan mudah diingat dan sulit ditebak.',
    en: '12 to 200 characters. A few words that do not belong together are easy to keep and hard to guess.',
  },
  app: {
    id: 'Pindai gambar ini dengan aplikasi kode di ponsel Anda, lalu tulis kode yang tampil.',
    en: 'Scan this picture with a code app on your phone, then write the code that it shows.',
  },
  secret: {
    id: 'Tanpa kamera, tulis ini di aplikasi:',
    en: 'Without a camera, write this into the app:',
  },
  code: { id: 'Kode 6 angka', en: 'Six-digit code' },
  make: { id: 'Buat akun', en: 'Make the account' },
  wrongCode: {
    id: 'Kode itu belum cocok. Periksa jam ponsel Anda, lalu tulis kode yang tampil sekarang.',
    en: 'That code does not fit. Check the clock of your phone, then write the code that it shows now.',
  },
  wrongPasskey: {
    id: 'Kunci sandi itu belum berhasil dibuat. Coba sekali lagi, atau pakai kata sandi dan kode.',
    en: 'That passkey could not be made. Try once more, or use a password and a code.',
  },
  leave: {
    id: 'Lembaga Anda punya akun sendiri. Masuklah di halaman lembaga Anda; sesudah itu undangan ini selesai.',
    en: 'Your agency has accounts of its own. Sign in on its page; after that this invitation is done.',
  },
  next: { id: 'Lanjutkan', en: 'Continue' },
  made: { id: 'Akun Anda siap', en: 'Your account is ready' },
  codes: {
    id: 'Tulis sepuluh kode cadangan ini dan simpan di tempat aman. Masing-masing berlaku sekali, bila ponsel Anda tidak ada. Kode ini tidak ditampilkan lagi.',
    en: 'Write down these ten recovery codes and keep them in a safe place. Each works once, when your phone is not there. They are not shown again.',
  },
  signIn: { id: 'Masuk', en: 'Sign in' },
  waiting: { id: 'Undangan ini belum berlaku', en: 'This invitation is not good yet' },
  waitingCure: {
    id: 'Lembaga Anda baru diterima. Demi keamanan penyintas, hari pertama lewat dahulu. Buka tautan yang sama sejak:',
    en: 'Your agency has just been admitted. For the safety of survivors the first day passes first. Open the same link from:',
  },
  unknown: { id: 'Undangan ini tidak berlaku', en: 'This invitation is not good' },
  unknownCure: {
    id: 'Undangan berlaku sekali, selama 7 hari. Minta undangan baru kepada penyelia Anda.',
    en: 'An invitation works once, within 7 days. Ask your supervisor for a new one.',
  },
} as const satisfies Record<string, Text>
