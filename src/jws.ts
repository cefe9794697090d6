const BASE64URL = /^[A-Za-z0-9_-]+$/

/**
 * Whether a compact JWS is written in the one spelling of its bytes. Base64url has several, and
 * jose reads them all: without this check the text of a token is no name for it (RFC 7515 section 2).
 */
export const isCanonicalJws = (token: string): boolean => {
  const parts = token.split('.')
  return (
    parts.length === 3 &&
    parts.every(
      (part) =>
        BASE64URL.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part,
    )
  )
}
