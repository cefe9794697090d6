import type { FastifyReply } from 'fastify'
import { renderToString } from 'preact-render-to-string'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Config } from '../../src/config.ts'
import type { Bundles } from './bundles.ts'
import { Document } from './document.tsx'
import { IslandsContext, type IslandUse } from './island.tsx'
import { WordsContext } from './parts/words.ts'
import type { PageView, Visit } from './visit.ts'

/** Nothing from elsewhere, no inline script; the one style sheet by its digest. */
const policyOf = (config: Config, cssHash: string): string => {
  const live = config.publicUrl.replace(/^http/, 'ws')
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'sha256-${cssHash}'`,
    "img-src 'self' data:",
    `connect-src 'self' ${live}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const squeeze = async (
  html: string,
  accepted: string | undefined,
): Promise<{ encoding: string | null; body: Buffer | string }> => {
  if (/\bbr\b/.test(accepted ?? '')) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4 }
    return { encoding: 'br', body: await promisify(brotliCompress)(html, { params }) }
  }
  if (/\bgzip\b/.test(accepted ?? '')) {
    return { encoding: 'gzip', body: await promisify(gzip)(html) }
  }
  return { encoding: null, body: html }
}

export type Render = (visit: Visit, view: PageView) => Promise<FastifyReply>

/**
 * Sends a whole page. Forms need the referrer policy `same-origin`: under `no-referrer` a browser
 * names the origin of its posts `null`. To other sites nothing is told either way.
 */
export const createRenderer = (config: Config, bundles: Bundles): Render => {
  const policy = policyOf(config, bundles.cssHash)
  return async (visit, view) => {
    const uses: IslandUse[] = []
    const page = (
      <WordsContext.Provider value={visit.t}>
        <IslandsContext.Provider value={uses}>
          <Document
            visit={visit}
            view={view}
            bundles={bundles}
            uses={uses}
            exitUrl={config.exitUrl}
          />
        </IslandsContext.Provider>
      </WordsContext.Provider>
    )
    const html = `<!doctype html>${renderToString(page)}`
    const { encoding, body } = await squeeze(html, visit.request.headers['accept-encoding'])
    const reply = visit.reply
      .code(view.status ?? 200)
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-language', visit.language)
      .header('content-security-policy', policy)
      .header('referrer-policy', 'same-origin')
      .header('vary', 'accept-encoding, cookie, accept-language')
    if (encoding !== null) void reply.header('content-encoding', encoding)
    return reply.send(body)
  }
}
