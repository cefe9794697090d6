import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

const STYLE = `body { margin: 0 auto; max-width: 32rem; padding: 1.5rem 1.25rem; color: #1a2a33; background: #fbfaf7;
  font: 1.125rem/1.6 system-ui, sans-serif }
h1 { font-size: 1.5rem; line-height: 1.25 }
button { font: inherit; font-weight: 600; min-height: 3rem; width: 100%; padding: .5rem 1.25rem; border: 0;
  border-radius: .375rem; background: #0b5563; color: #fff }
:focus-visible { outline: 3px solid #0b5563; outline-offset: 3px }`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

interface Said {
  readonly id: string
  readonly en: string
}

/** Nothing on it says whose it is, or what it is about. */
const TEXTS = {
  title: { id: 'Pemberitahuan', en: 'Notice' },
  ask: {
    id: 'Ada pembaruan untuk lembaga Anda, seperti yang disampaikan lewat telepon. Tekan tombol bila Anda sudah menerimanya.',
    en: 'There is an update for your agency, as you were told by telephone. Press the button when you have received it.',
  },
  done: {
    id: 'Terima kasih. Penerimaan Anda sudah dicatat. Halaman ini boleh ditutup.',
    en: 'Thank you. Your receipt is recorded. You may close this page.',
  },
  gone: {
    id: 'Tautan ini sudah dipakai, sudah berakhir, atau salah ketik. Minta tautan baru lewat telepon.',
    en: 'This link was used, has run out, or was mistyped. Ask for a new one by telephone.',
  },
  slow: {
    id: 'Terlalu banyak percobaan. Tunggu 15 menit, atau hubungi lewat telepon.',
    en: 'Too many tries. Wait 15 minutes, or call.',
  },
} as const satisfies Record<string, Said>

const both = ({ id, en }: Said): string => `<p>${id}</p>\n<p lang="en">${en}</p>`

const BUTTON = `<form method="post"><p><button>Saya sudah menerima<br><span lang="en">I have received it</span></button></p></form>`

const STATUS = { ask: 200, done: 200, gone: 410, slow: 429 } as const

/** A page in both languages, without scripts, cookies or links; the same for everybody. */
export const sendPhonePage = (reply: FastifyReply, what: keyof typeof STATUS): FastifyReply =>
  reply
    .code(STATUS[what])
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', POLICY).send(`<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TEXTS.title.id} / ${TEXTS.title.en}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${TEXTS.title.id} <span lang="en">/ ${TEXTS.title.en}</span></h1>
${both(TEXTS[what])}
${what === 'ask' ? BUTTON : ''}
</main>
</body>
</html>
`)
