import { Type } from 'typebox'
import type { Asset, Bundles } from '../bundles.ts'
import { PRODUCT } from '../document.tsx'
import type { App } from '../../../src/service.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const ICON_PATH = 'M2 17h20M4 17v-4a8 6 0 0 1 16 0v4M8.5 17v-7.4M15.5 17v-7.4M12 17V7'
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 36 36"><rect x="-6" y="-6" width="36" height="36" fill="#0b5563"/><path d="${ICON_PATH}" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"/></svg>`

const MANIFEST = {
  name: PRODUCT,
  short_name: PRODUCT,
  start_url: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#f5f6f3',
  theme_color: '#ffffff',
  lang: 'id',
  icons: [{ src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any maskable' }],
}

const bodyOf = (asset: Asset, accepted: string | undefined) => {
  if (/\bbr\b/.test(accepted ?? '')) return { encoding: 'br', body: asset.brotli } as const
  if (/\bgzip\b/.test(accepted ?? '')) return { encoding: 'gzip', body: asset.gzip } as const
  return { encoding: null, body: asset.plain } as const
}

/** Scripts by their hashed names, the icon, the manifest. Nothing here is about anybody. */
export const assets = (app: App, bundles: Bundles): void => {
  const open = { config: { authority: 'public' as const } }
  app.get(
    '/assets/:name',
    {
      ...open,
      schema: { hide: true, params: Type.Object({ name: Type.String({ maxLength: 100 }) }) },
    },
    async (request, reply) => {
      const asset = bundles.assets.get(request.params.name)
      if (asset === undefined) return reply.callNotFound()
      const { encoding, body } = bodyOf(asset, request.headers['accept-encoding'])
      if (encoding !== null) void reply.header('content-encoding', encoding)
      return reply
        .header('cache-control', FOR_EVER)
        .header('vary', 'accept-encoding')
        .type(asset.type)
        .send(body)
    },
  )
  app.get('/icon.svg', { ...open, schema: { hide: true } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=86400').type('image/svg+xml').send(ICON),
  )
  app.get('/manifest.webmanifest', { ...open, schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=86400')
      .type('application/manifest+json')
      .send(JSON.stringify(MANIFEST)),
  )
}
