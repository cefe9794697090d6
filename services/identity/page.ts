import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Language } from '../../src/problem.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1a2a33; --soft: #51636d; --paper: #fbfaf7; --line: #d5dade;
  --deep: #0b5563; --on-deep: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edef; --soft: #a9b8bf; --paper: #12191d; --line: #33424a; --deep: #7fd0de;
    --on-deep: #0b2a31 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif }
main, header { max-width: 42rem; margin: 0 auto; padding: 0 1.25rem }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem;
  padding-top: 1.5rem; padding-bottom: .75rem; border-bottom: 1px solid var(--line) }
.name { font-weight: 700; letter-spacing: .01em }
main { padding-bottom: 3rem }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 2rem 0 .75rem; text-wrap: balance }
h2 { font-size: 1.1875rem; line-height: 1.3; margin: 2.25rem 0 .5rem }
p { margin: 0 0 1rem }
a { color: var(--deep); text-underline-offset: .15em }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0 0 1.25rem }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
label { display: block; font-weight: 600; margin: 0 0 .25rem }
.hint { color: var(--soft); margin: 0 0 .5rem }
input:not([type=hidden]) { display: block; width: 100%; max-width: 24rem; min-height: 2.75rem; font: inherit;
  padding: .375rem .625rem; margin: 0 0 1rem; border: 2px solid var(--soft); border-radius: .25rem;
  background: var(--paper); color: var(--ink) }
.error { border-left: .3125rem solid #b3261e; padding: .25rem 0 .25rem 1rem; margin: 0 0 1.25rem }
.codes { columns: 2; max-width: 24rem; padding: 0; list-style: none; font: 1.0625rem/1.9 ui-monospace, monospace }
.picture { max-width: 12rem; background: #fff; padding: .5rem; margin: 0 0 1rem }
.picture svg { display: block; width: 100%; height: auto }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.25rem }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line) }
code { overflow-wrap: anywhere }
a.button { padding: .5rem 1.25rem; font-weight: 600; border-radius: .375rem; text-decoration: none;
  background: var(--deep); color: var(--on-deep) }
button, a.button, header a { min-height: 2.75rem; display: inline-flex; align-items: center }
button { padding: .5rem 1.25rem; font: inherit; font-weight: 600; border: 0; border-radius: .375rem;
  background: var(--deep); color: var(--on-deep); cursor: pointer }
:focus-visible { outline: 3px solid var(--deep); outline-offset: 3px }
section + section { border-top: 1px solid var(--line); margin-top: 2rem }
@media (max-width: 26rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** No frame; the one style sheet by its digest; scripts of this hub where a page names one. */
const policyOf = (hasScript: boolean): string =>
  [
    ...(hasScript ? ["script-src 'self'"] : []),
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    // The empty icon, which spares a request for one that is not there.
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c)

export interface Page {
  readonly language: Language
  readonly title: string
  /** HTML of the header's right side; may be empty. */
  readonly aside: string
  /** HTML; whoever builds it MUST escape what is not its own. */
  readonly main: string
  /** Path of a script of this hub; the page MUST work without it as far as it can. */
  readonly script?: string
}

/**
 * Sends a page that works without scripts, at any width. Forms need the referrer policy
 * `same-origin`: under `no-referrer` a browser names the origin of its posts `null`.
 */
export const sendPage = (reply: FastifyReply, status: number, page: Page): FastifyReply =>
  reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-language', page.language)
    .header('content-security-policy', policyOf(page.script !== undefined))
    .header('referrer-policy', 'same-origin').send(`<!doctype html>
<html lang="${page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
${page.script === undefined ? '' : `<script src="${page.script}" defer></script>`}
</head>
<body>
<header><span class="name">Titian</span>${page.aside}</header>
<main>
${page.main}
</main>
</body>
</html>
`)
