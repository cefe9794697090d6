/**
 * The package's own entry prints a warning on Node 20, on which it runs; these two modules behind
 * that entry do not.
 */
declare module 'oidc-provider/lib/provider.js' {
  export { default as Provider } from 'oidc-provider'
}
declare module 'oidc-provider/lib/helpers/errors.js' {
  import type { errors } from 'oidc-provider'
  export const InvalidClientAuth: typeof errors.InvalidClientAuth
  export const InvalidTarget: typeof errors.InvalidTarget
}
