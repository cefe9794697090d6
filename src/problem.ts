import type { JournalEvent } from './contracts/events.ts'

/** A text in the two languages of the hub. */
export interface Text {
  readonly id: string
  readonly en: string
}
export type Language = keyof Text

export const text = (id: string, en: string): Text => ({ id, en })

export interface ProblemRow {
  readonly status: number
  readonly title: Text
  /** Says what to do. `{name}` is replaced by the parameter of that name. */
  readonly detail: Text
}
export type Problems = Readonly<Record<string, ProblemRow>>

/** One wrong field: where, what, and the cure. */
export interface FieldError {
  readonly field: string
  readonly message: Text
}

export interface ProblemExtras {
  /** Fills `{name}` in the detail; ids, codes and numbers only. */
  readonly params?: Readonly<Record<string, string | number>>
  readonly errors?: readonly FieldError[]
  /** Further members of the problem document, such as the state that won a race. */
  readonly members?: Readonly<Record<string, unknown>>
  /** A refused attempt that MUST be on the record; written before the answer leaves. */
  readonly refused?: Omit<JournalEvent, 'type'>
}

/** An answer other than success. Thrown anywhere below a route; `code` is a row of a table. */
export class Problem extends Error {
  readonly code: string
  readonly extras: ProblemExtras
  constructor(code: string, extras: ProblemExtras = {}) {
    super(code)
    this.code = code
    this.extras = extras
  }
}

/** Problems that any route can answer. A service adds its own in `problems.ts`. */
export const KERNEL_PROBLEMS = {
  invalid_request: {
    status: 400,
    title: { id: 'Permintaan tidak sesuai', en: 'The request does not fit' },
    detail: {
      id: 'Perbaiki isian yang disebut di "errors" bila ada, lalu kirim lagi. Tidak ada yang disimpan.',
      en: 'Correct the fields that "errors" names, if any, and send again. Nothing was saved.',
    },
  },
  not_signed_in: {
    status: 401,
    title: { id: 'Belum masuk', en: 'Not signed in' },
    detail: {
      id: 'Masuk dahulu, atau sertakan token akses yang masih berlaku.',
      en: 'Sign in first, or send an access token that is still valid.',
    },
  },
  step_up_needed: {
    status: 401,
    title: { id: 'Buktikan lagi bahwa ini Anda', en: 'Prove again that it is you' },
    detail: {
      id: 'Tindakan ini hanya boleh dalam {seconds} detik setelah masuk. Masuk lagi di {page}, lalu ulangi.',
      en: 'This is allowed only within {seconds} seconds of signing in. Sign in again at {page}, then repeat.',
    },
  },
  not_permitted: {
    status: 403,
    title: { id: 'Tidak diizinkan', en: 'Not permitted' },
    detail: {
      id: 'Peran, cakupan, atau pihak Anda tidak mencakup tindakan ini ({reason}). Untuk peran atau cakupan: minta penyelia Anda. Untuk pihak (side): hanya lembaga lain pada rujukan itu yang boleh.',
      en: 'Your role, scope or side does not cover this action ({reason}). Role or scope: ask your supervisor. Side: only the other agency of the referral may.',
    },
  },
  foreign_origin: {
    status: 403,
    title: { id: 'Asal permintaan ditolak', en: 'Origin refused' },
    detail: {
      id: 'Perubahan dengan sesi peramban hanya diterima dari halaman hub ini sendiri.',
      en: 'Changes with a browser session are accepted only from pages of this hub.',
    },
  },
  form_outdated: {
    status: 403,
    title: { id: 'Formulir sudah lama', en: 'The form is out of date' },
    detail: {
      id: 'Formulir ini dibuat untuk sesi lain. Muat ulang halamannya, lalu kirim lagi.',
      en: 'This form was made for another session. Load its page again, then send again.',
    },
  },
  not_found: {
    status: 404,
    title: { id: 'Tidak ditemukan', en: 'Not found' },
    detail: {
      id: 'Tidak ada di sini, atau bukan untuk lembaga Anda.',
      en: 'It is not here, or not for your agency.',
    },
  },
  version_conflict: {
    status: 409,
    title: { id: 'Sudah berubah', en: 'Changed meanwhile' },
    detail: {
      id: 'Orang lain lebih dahulu mengubahnya. Muat keadaan terbaru, lalu putuskan lagi.',
      en: 'Somebody else changed it first. Load the current state, then decide again.',
    },
  },
  idempotency_key_missing: {
    status: 400,
    title: {
      id: 'Idempotency-Key tidak ada atau tidak sesuai',
      en: 'Idempotency-Key is missing or malformed',
    },
    detail: {
      id: 'Sertakan header Idempotency-Key yang baru (8 sampai 100 huruf, angka, - atau _).',
      en: 'Send a fresh Idempotency-Key header (8 to 100 letters, digits, - or _).',
    },
  },
  idempotency_key_reused: {
    status: 422,
    title: { id: 'Idempotency-Key sudah dipakai', en: 'Idempotency-Key was used' },
    detail: {
      id: 'Kunci ini milik permintaan lain. Pakai kunci baru untuk permintaan baru.',
      en: 'This key belongs to another request. Use a new key for a new request.',
    },
  },
  too_large: {
    status: 413,
    title: { id: 'Terlalu besar', en: 'Too large' },
    detail: { id: 'Kirim paling banyak 1 MiB.', en: 'Send at most 1 MiB.' },
  },
  unsupported_media_type: {
    status: 415,
    title: { id: 'Jenis isi tidak didukung', en: 'Media type not supported' },
    detail: { id: 'Kirim application/json.', en: 'Send application/json.' },
  },
  unavailable: {
    status: 503,
    title: { id: 'Sedang tidak tersedia', en: 'Not available now' },
    detail: {
      id: 'Coba lagi dengan Idempotency-Key yang sama; tidak akan tercatat dua kali.',
      en: 'Try again with the same Idempotency-Key; it will not be recorded twice.',
    },
  },
  internal: {
    status: 500,
    title: { id: 'Kesalahan pada hub', en: 'The hub failed' },
    detail: {
      id: 'Coba lagi dengan Idempotency-Key yang sama. Sebutkan nomor di "instance" bila melapor.',
      en: 'Try again with the same Idempotency-Key. Quote the number in "instance" when reporting.',
    },
  },
} as const satisfies Problems
export type KernelProblem = keyof typeof KERNEL_PROBLEMS

const fill = (text: string, params: ProblemExtras['params']): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params?.[name] ?? whole))

/** Indonesian unless the request prefers English. */
export const languageOf = (acceptLanguage: string | undefined): Language =>
  /^\s*en\b/i.test(acceptLanguage ?? '') ? 'en' : 'id'

/** RFC 9457 document of a problem in one language. `instance` is the request's number. */
export const problemDocument = (
  row: ProblemRow,
  code: string,
  extras: ProblemExtras,
  language: Language,
  instance: string,
): Record<string, unknown> => ({
  type: `/problems/${code}`,
  code,
  status: row.status,
  title: row.title[language],
  detail: fill(row.detail[language], extras.params),
  instance: `urn:uuid:${instance}`,
  ...(extras.errors === undefined
    ? {}
    : {
        errors: extras.errors.map((error) => ({
          field: error.field,
          message: error.message[language],
        })),
      }),
  ...extras.members,
})
