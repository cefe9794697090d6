/** Longest path that is kept, in characters. */
const MAX_LENGTH = 512
const UNSAFE = /[\\\u0000-\u0020\u007f]/

/**
 * A path of this hub to go on to after signing in; `/` for everything else, so that a link to the
 * sign-in page cannot lead elsewhere.
 */
export const safeReturn = (asked: string | undefined, publicUrl: string): string => {
  if (asked === undefined || asked.length > MAX_LENGTH || UNSAFE.test(asked)) return '/'
  if (!asked.startsWith('/') || asked.startsWith('//')) return '/'
  const url = URL.canParse(asked, publicUrl) ? new URL(asked, publicUrl) : null
  if (url === null || url.origin !== new URL(publicUrl).origin) return '/'
  return `${url.pathname}${url.search}`
}
