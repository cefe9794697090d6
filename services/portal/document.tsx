import type { ComponentChildren, JSX } from 'preact'
import type { Bundles } from './bundles.ts'
import type { IslandUse } from './island.tsx'
import { hasRole, placesFor, STAFF } from './menu.ts'
import { Fresh } from './parts/fresh.tsx'
import { Icon } from './parts/icon.tsx'
import { useWords } from './parts/words.ts'
import type { PageView, Visit } from './visit.ts'

/** Neutral on a home screen and in a list of tabs. */
export const PRODUCT = 'Titian'

const Top = (given: { readonly visit: Visit; readonly exitUrl: string }): JSX.Element => {
  const { visit, exitUrl } = given
  const t = useWords()
  return (
    <header class="top">
      <a class="skip" href="#main">
        {t('skip.link')}
      </a>
      <a class="skip" href={exitUrl} rel="noreferrer" data-exit>
        {t('exit.link')}
      </a>
      <div class="top-in">
        <a class="brand" href="/">
          <Icon name="bridge" />
          {PRODUCT}
        </a>
        {visit.me !== null && hasRole(visit.me.roles, STAFF) && (
          <a class="top-link" href="/inbox" data-bell>
            <Icon name="bell" />
            <span class="hidden-words">{t('notices.title')}</span>
          </a>
        )}
        <form class="exit" method="post" action="/exit">
          <button class="button exit-button" data-exit>
            {t('exit.button')}
          </button>
        </form>
      </div>
    </header>
  )
}

const Menu = ({ visit, view }: { readonly visit: Visit; readonly view: PageView }) => {
  const t = useWords()
  if (visit.me === null) return null
  return (
    <nav class="menu" aria-label={t('menu.label')}>
      <ul>
        {placesFor(visit.me.roles).map(({ place, path, icon }) => (
          <li key={place}>
            <a href={path} {...(view.place === place ? { 'aria-current': 'page' as const } : {})}>
              <Icon name={icon} />
              {t(`menu.${place}`)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Help is in the same place on every page. */
const Foot = ({ visit }: { readonly visit: Visit }): JSX.Element => {
  const t = useWords()
  const other = visit.language === 'id' ? 'en' : 'id'
  return (
    <footer class="foot">
      <ul>
        <li>
          <a href="/help">{t('help.link')}</a>
        </li>
        <li>
          <form method="post" action="/language">
            <input type="hidden" name="language" value={other} />
            <input type="hidden" name="back" value={visit.request.url} />
            <button class="button plain" lang={other}>
              {other === 'en' ? 'English' : 'Bahasa Indonesia'}
            </button>
          </form>
        </li>
      </ul>
    </footer>
  )
}

const Scripts = (given: {
  readonly visit: Visit
  readonly bundles: Bundles
  readonly uses: readonly IslandUse[]
}): JSX.Element => {
  const { visit, bundles, uses } = given
  const entries = new Set(uses.map(({ name }) => name))
  const files = [...entries].map((entry) => bundles.filesOf(entry)[0])
  const shell = visit.me === null ? 'outside' : 'shell'
  return (
    <>
      {[bundles.filesOf(shell)[0], ...files].map((file) => (
        <script key={file} type="module" src={`/assets/${file}`} />
      ))}
    </>
  )
}

export interface DocumentProps {
  readonly visit: Visit
  readonly view: PageView
  readonly bundles: Bundles
  readonly uses: readonly IslandUse[]
  readonly exitUrl: string
}

const Head = ({ view, bundles }: DocumentProps): JSX.Element => {
  const t = useWords()
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${t(view.title)} – ${PRODUCT}`}</title>
      <meta name="robots" content="noindex" />
      <meta name="theme-color" content="#ffffff" />
      <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      <link rel="manifest" href="/manifest.webmanifest" />
      <style dangerouslySetInnerHTML={{ __html: bundles.css }} />
    </head>
  )
}

const Body = (given: DocumentProps & { readonly children: ComponentChildren }): JSX.Element => {
  const { visit, view, exitUrl } = given
  const t = useWords()
  const isSigned = visit.me !== null
  return (
    <body
      class={isSigned ? 'with-menu' : undefined}
      data-exit-url={exitUrl}
      data-words={JSON.stringify({
        lock: t('lock.text'),
        unlock: t('lock.button'),
        warn: t('lock.warning'),
        stay: t('lock.stay'),
      })}
    >
      <Top visit={visit} exitUrl={exitUrl} />
      <div class={isSigned ? 'frame' : 'frame bare'}>
        <Menu visit={visit} view={view} />
        <main id="main" tabIndex={-1}>
          {view.isLive === true ? <Fresh name="page">{view.body}</Fresh> : view.body}
        </main>
        <Foot visit={visit} />
      </div>
      {given.children}
    </body>
  )
}

export const Document = (given: DocumentProps): JSX.Element => (
  <html lang={given.visit.language}>
    <Head {...given} />
    <Body {...given}>
      <Scripts visit={given.visit} bundles={given.bundles} uses={given.uses} />
    </Body>
  </html>
)
