import { LANGUAGE_COOKIE, type PortalRoute } from '../page.ts'
import { goTo } from '../visit.ts'

const YEAR_S = 31_536_000

/** Only back to a page of this portal. */
const safeBack = (path: string | undefined): string =>
  path !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(path) ? path : '/'

/** Remembers the language in this browser, for whoever uses it. */
export const language: PortalRoute = (portal) => {
  portal.open('POST', '/language', {}, async (visit, form) => {
    const chosen = form.text('language') === 'en' ? 'en' : 'id'
    void visit.reply.setCookie(LANGUAGE_COOKIE, chosen, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: portal.ctx.config.publicUrl.startsWith('https:'),
      maxAge: YEAR_S,
    })
    return goTo(safeBack(form.text('back')))
  })
}
