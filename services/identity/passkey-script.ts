/**
 * Runs in the browser: lets forms with `data-passkey` ask for a passkey. They stay hidden where there
 * are none. Kept small and in one piece, served as it is.
 */
export const PASSKEY_SCRIPT = `'use strict'
const bytes = (text) => Uint8Array.from(
  atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')
const described = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }))

const create = async (options) => {
  const made = await navigator.credentials.create({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  } })
  return { id: made.id, rawId: made.id, type: made.type, clientExtensionResults: {}, response: {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports ? made.response.getTransports() : [],
  } }
}

const get = async (options) => {
  const shown = await navigator.credentials.get({ publicKey: {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: described(options.allowCredentials),
  } })
  return { id: shown.id, rawId: shown.id, type: shown.type, clientExtensionResults: {}, response: {
    clientDataJSON: text(shown.response.clientDataJSON),
    authenticatorData: text(shown.response.authenticatorData),
    signature: text(shown.response.signature),
    userHandle: shown.response.userHandle ? text(shown.response.userHandle) : undefined,
  } }
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const ask = form.dataset.passkey === 'create' ? create : get
    try {
      const answer = await ask(JSON.parse(form.dataset.options))
      form.elements.passkey.value = JSON.stringify(answer)
      form.submit()
    } catch {
      // The person closed the question, or waited too long: they may ask again, or take the other way.
      form.querySelector('button').focus()
    }
  })
}
`
