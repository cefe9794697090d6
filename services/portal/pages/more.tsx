import type { Role } from '../../../src/contracts/codes.ts'
import { hasRole, STAFF, WORKERS } from '../menu.ts'
import { useWords, type Key } from '../parts/words.ts'
import type { Self } from '../visit.ts'

interface Link {
  /** `:own` stands for one's own agency. */
  readonly path: string
  readonly text: Key
  readonly roles?: readonly Role[]
}

/** Who looks after people and keys: of an agency, or of the hub. */
const KEEPERS: readonly Role[] = ['supervisor', 'hub_administrator']
const NETWORK: readonly Role[] = ['supervisor', 'oversight_reviewer', 'hub_administrator']

const LINKS: readonly Link[] = [
  { path: '/directory', text: 'directory.title' },
  { path: '/capacity', text: 'place.mine', roles: STAFF },
  { path: '/network', text: 'network.title', roles: NETWORK },
  { path: '/imports', text: 'import.title', roles: ['supervisor'] },
  { path: '/exports', text: 'export.all', roles: ['supervisor'] },
  { path: '/sent', text: 'sent.title', roles: STAFF },
  { path: '/stop-orders', text: 'order.title', roles: STAFF },
  { path: '/break-glass', text: 'glass.title', roles: [...WORKERS, 'reviewer'] },
  { path: '/agencies', text: 'agency.title', roles: ['hub_administrator'] },
  { path: '/proposals', text: 'proposal.title', roles: KEEPERS },
  { path: '/people', text: 'people.title', roles: KEEPERS },
  { path: '/programs', text: 'program.title', roles: KEEPERS },
  { path: '/agencies/:own/keys', text: 'key.title', roles: ['supervisor'] },
  { path: '/audit/mine', text: 'audit.mine.title' },
  { path: '/audit/questions', text: 'audit.questions.mine' },
]

export const MorePage = (given: {
  readonly me: Self
  readonly agency: string | null
  readonly csrf: string
}) => {
  const { me, agency } = given
  const t = useWords()
  const links = LINKS.filter(({ roles }) => roles === undefined || hasRole(me.roles, roles))
  return (
    <>
      <h1>{t('menu.more')}</h1>
      <p>
        {agency ?? t('more.hub')}
        <br />
        <span class="soft">{me.roles.map((role) => t(`role.${role}`)).join(', ')}</span>
      </p>
      <ul class="list">
        {links.map(({ path, text }) => (
          <li key={path}>
            <a href={path.replace(':own', me.agency ?? '')}>{t(text)}</a>
          </li>
        ))}
        <li>
          <a href="/account">{t('account.title')}</a>
        </li>
        <li>
          <a href="/help">{t('help.title')}</a>
        </li>
      </ul>
      <form method="post" action="/sign-out">
        <input type="hidden" name="csrf" value={given.csrf} />
        <button class="button">{t('more.sign_out')}</button>
      </form>
    </>
  )
}

export const HelpPage = () => {
  const t = useWords()
  return (
    <>
      <h1>{t('help.title')}</h1>
      <h2>{t('help.sapa')}</h2>
      <p>{t('help.sapa.text')}</p>
      <p>
        <a class="button" href="tel:129">
          129
        </a>
      </p>
      <h2>{t('help.hub')}</h2>
      <p>{t('help.hub.text')}</p>
      <h2>{t('exit.button')}</h2>
      <p>{t('exit.explained')}</p>
      <p>{t('exit.keys')}</p>
      <h2>{t('help.limits')}</h2>
      <p>{t('help.limits.text')}</p>
    </>
  )
}
