import type { Role } from '../../src/contracts/codes.ts'
import type { IconName } from './parts/icon.tsx'
import type { Place } from './visit.ts'

interface MenuItem {
  readonly place: Place
  readonly path: string
  readonly icon: IconName
  /** Roles that see it; absent: everybody. */
  readonly roles?: readonly Role[]
}

export const WORKERS: readonly Role[] = ['case_worker', 'supervisor']
export const STAFF: readonly Role[] = ['intake_worker', ...WORKERS]
export const REVIEWERS: readonly Role[] = ['reviewer', 'oversight_reviewer']

const MENU: readonly MenuItem[] = [
  { place: 'referrals', path: '/inbox', icon: 'inbox', roles: STAFF },
  { place: 'cases', path: '/cases', icon: 'cases', roles: WORKERS },
  { place: 'audit', path: '/audit', icon: 'shield', roles: REVIEWERS },
  { place: 'more', path: '/more', icon: 'more' },
]

export const hasRole = (roles: readonly Role[], wanted: readonly Role[]): boolean =>
  roles.some((role) => wanted.includes(role))

/** What a person's menu holds: the pages that the API would let that person see. */
export const placesFor = (roles: readonly Role[]): readonly MenuItem[] =>
  MENU.filter((item) => item.roles === undefined || hasRole(roles, item.roles))

/** The first page after signing in. */
export const startFor = (roles: readonly Role[]): string => placesFor(roles)[0]?.path ?? '/more'
