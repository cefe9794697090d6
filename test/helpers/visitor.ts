/** A browser without scripts: keeps cookies, follows redirects, sends forms with its origin. */
export interface Visit {
  readonly status: number
  readonly url: string
  readonly html: string
  readonly headers: Headers
}

export interface Visitor {
  readonly cookies: Map<string, string>
  get(path: string): Promise<Visit>
  /** Sends the fields to where the visitor is, or to `path`. */
  post(fields: Readonly<Record<string, string>>, path?: string): Promise<Visit>
}

const MAX_REDIRECTS = 12

/** `from` stands for the network that the visitor comes from, where the hub trusts its proxy. */
export const createVisitor = (base: string, from?: string): Visitor => {
  const cookies = new Map<string, string>()
  let here = `${base}/`

  const keep = (headers: Headers): void => {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';')
      const at = pair.indexOf('=')
      const isOver = attributes.some((each) => /^ *expires=Thu, 01 Jan 1970/i.test(each))
      if (isOver) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }

  const go = async (url: string, init: RequestInit): Promise<Visit> => {
    let [next, request] = [url, init]
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = new Headers(request.headers)
      headers.set('cookie', cookie)
      if (from !== undefined) headers.set('x-forwarded-for', from)
      const response = await fetch(next, { ...request, headers, redirect: 'manual' })
      keep(response.headers)
      const html = await response.text()
      const location = response.headers.get('location')
      here = next
      if (location === null || response.status < 300 || response.status > 399) {
        return { status: response.status, url: next, html, headers: response.headers }
      }
      next = new URL(location, next).href
      request = {}
    }
    throw new Error(`redirected too often, last to ${next}`)
  }

  return {
    cookies,
    get: (path) => go(new URL(path, base).href, {}),
    post: (fields, path) =>
      go(path === undefined ? here : new URL(path, base).href, {
        method: 'POST',
        headers: { origin: new URL(here).origin },
        body: new URLSearchParams(fields),
      }),
  }
}
