import type { Role, Scope } from './contracts/codes.ts'

/** Who asks. A person or a program of one agency, an administrator of the hub, or the hub itself. */
export interface Actor {
  readonly kind: 'person' | 'system' | 'hub'
  /** Person id or client id; `hub` for the hub's own work. */
  readonly id: string
  /** Null for the hub and for its administrators. */
  readonly agency: string | null
  readonly roles: readonly Role[]
  readonly scopes: readonly Scope[]
  /** When the person last proved who they are, in seconds since 1970; absent for all others. */
  readonly authenticatedAt?: number
}

/** The hub acting by itself: event consumers, clocks. */
export const HUB: Actor = { kind: 'hub', id: 'hub', agency: null, roles: [], scopes: [] }
