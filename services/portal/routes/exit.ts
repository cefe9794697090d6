import { sessionCookieOf } from '../../../src/auth.ts'
import { csrfTokenOf } from '../../../src/csrf.ts'
import type { PortalRoute } from '../page.ts'

const CLEAR = '"cache", "cookies", "storage"'

const escapeAttribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/**
 * The quick exit: ends the session, empties what the browser kept, and leads to a neutral page.
 * Scripts call it by a beacon while they blank the page; without scripts its form does the same.
 */
export const exit: PortalRoute = (portal) => {
  const { exitUrl } = portal.ctx.config
  portal.open('POST', '/exit', {}, async (visit) => {
    // Whatever becomes of it, the person is led away.
    const csrf = csrfTokenOf(portal.ctx, visit.request)
    await visit.api.post('/sign-out', { csrf }).catch(() => null)
    const { reply } = visit
    const policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    void reply
      .clearCookie(sessionCookieOf(portal.ctx.config), { path: '/' })
      .header('clear-site-data', CLEAR)
      .header('content-security-policy', policy)
      .type('text/html; charset=utf-8')
    const to = escapeAttribute(exitUrl)
    const html =
      '<!doctype html><html lang="id"><meta charset="utf-8"><title>–</title>' +
      `<meta http-equiv="refresh" content="0;url=${to}"><a href="${to}" rel="noreferrer">→</a></html>`
    return { kind: 'raw', body: html }
  })
}
