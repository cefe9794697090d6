import { isIP } from 'node:net'
import { resolve } from 'node:path'

/** One setting that can be given by environment variable. */
interface Setting {
  readonly name: string
  readonly fallback: string | null
  readonly text: string
}

/** The whole list; `docs/environment.md` is generated from it. */
export const SETTINGS = [
  {
    name: 'DATABASE_URL',
    fallback: null,
    text: 'PostgreSQL 15 or later, as a role that may create roles. Unset: an embedded server in DATA_DIR.',
  },
  {
    name: 'NATS_URL',
    fallback: null,
    text: 'NATS with JetStream, user and password in the URL. Unset: an embedded server in DATA_DIR.',
  },
  { name: 'HOST', fallback: '127.0.0.1', text: 'Address to listen on.' },
  { name: 'PORT', fallback: '8080', text: 'Port to listen on; 0 takes a free one.' },
  {
    name: 'PUBLIC_URL',
    fallback: null,
    text: 'Address under which people and partners reach the hub. Unset: http://HOST:PORT.',
  },
  {
    name: 'TRUSTED_PROXY',
    fallback: null,
    text: 'Addresses or networks, separated by commas, whose X-Forwarded-For is believed. Unset: none.',
  },
  {
    name: 'API_URL',
    fallback: null,
    text: 'Where the portal finds the API when it runs by itself. Unset: PUBLIC_URL.',
  },
  {
    name: 'EXIT_URL',
    fallback: 'https://www.bmkg.go.id/cuaca',
    text: 'The public page that the quick exit opens: neutral, and of no service for survivors.',
  },
  { name: 'DATA_DIR', fallback: 'data', text: 'Folder for embedded servers and keys.' },
  { name: 'LOG_LEVEL', fallback: 'info', text: 'fatal, error, warn, info, debug or silent.' },
  {
    name: 'MASTER_KEY',
    fallback: null,
    text: '32 bytes in base64: wraps data keys. Unset: a file in DATA_DIR/keys, made on first start.',
  },
  {
    name: 'DEMONSTRATION',
    fallback: 'auto',
    text: 'auto: an empty hub gets the fictional network and sign-in links, if HOST and PUBLIC_URL are loopback and PostgreSQL is embedded; on: also with another PUBLIC_URL or DATABASE_URL; off: never.',
  },
  {
    name: 'SMTP_URL',
    fallback: null,
    text: 'Mail server, such as smtps://user:password@mail.example.org. Unset: nobody is told by mail.',
  },
  {
    name: 'MAIL_FROM',
    fallback: 'Notice <notice@localhost>',
    text: 'Sender of mails. Choose one that says nothing of what the hub is for.',
  },
  {
    name: 'WITNESSES',
    fallback: null,
    text: 'File of the witnesses that cosign the audit ledger, with their addresses (c2sp.org/tlog-policy).',
  },
  {
    name: 'OUTBOUND_LOOPBACK',
    fallback: 'off',
    text: 'on: webhooks and push may call http://127.0.0.1 on any port, to try them out; off: never.',
  },
  {
    name: 'NATS_SERVER_BIN',
    fallback: null,
    text: 'Path of the nats-server to run when NATS_URL is unset.',
  },
  {
    name: 'NATS_SERVER_SHA256',
    fallback: null,
    text: 'Digest that a downloaded nats-server release must have (systems without apt).',
  },
] as const satisfies readonly Setting[]

export type Environment = Readonly<Record<string, string | undefined>>

/** Everything that can be set, checked and frozen. Secrets stand apart in `secrets`. */
export interface Config {
  readonly host: string
  readonly port: number
  /** No trailing slash. Null until the port is known when PORT is 0. */
  readonly publicUrl: string
  /** Whose word is taken for where a request comes from. */
  readonly trustedProxy: readonly string[]
  /** Where the portal finds the API when it runs by itself. No trailing slash. */
  readonly apiUrl: string
  /** Where the quick exit leads. */
  readonly exitUrl: string
  readonly dataDir: string
  readonly logLevel: string
  readonly demonstration: boolean
  readonly mailFrom: string
  /** Partners' servers may be on this machine, over http. */
  readonly outboundLoopback: boolean
  /** Path of a policy file; null: nobody witnesses. */
  readonly witnesses: string | null
  readonly natsServerBin: string | null
  readonly natsServerSha256: string | null
  readonly secrets: {
    readonly databaseUrl: string | null
    readonly natsUrl: string | null
    readonly smtpUrl: string | null
    readonly masterKey: Buffer | null
  }
}

/** A setting has a value that cannot work; the message is one line that says the cure. */
export class ConfigError extends Error {}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent']

export const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  host === '[::1]' ||
  (isIP(host) === 4 && host.startsWith('127.'))

const urlOf = (name: string, value: string, protocols: readonly string[]): string => {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !protocols.includes(url.protocol)) {
    throw new ConfigError(`${name} must be a URL that starts with ${protocols.join(' or ')}//`)
  }
  return value
}

/**
 * Whoever has a link of a demonstration is in: it exists on loopback alone, and beside a database or
 * behind an address that others reach only when that was asked for.
 */
const isDemonstration = (
  asked: string | null,
  place: { readonly host: string; readonly publicUrl: string; readonly databaseUrl: string | null },
): boolean => {
  if (asked !== 'auto' && asked !== 'on' && asked !== 'off') {
    throw new ConfigError('DEMONSTRATION must be auto, on or off')
  }
  if (asked === 'off') return false
  if (asked === 'on') {
    if (isLoopback(place.host)) return true
    throw new ConfigError('DEMONSTRATION=on needs HOST to be a loopback address, such as 127.0.0.1')
  }
  const isHere = isLoopback(new URL(place.publicUrl).hostname)
  return isLoopback(place.host) && isHere && place.databaseUrl === null
}

/**
 * Reads settings once. MUST be the only reader of the environment.
 * @throws ConfigError naming the setting and the cure
 */
export const loadConfig = (env: Environment): Config => {
  const get = (name: (typeof SETTINGS)[number]['name']): string | null => {
    const value = env[name]?.trim()
    if (value !== undefined && value !== '') return value
    return SETTINGS.find((setting) => setting.name === name)?.fallback ?? null
  }
  const port = Number(get('PORT'))
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new ConfigError('PORT must be a whole number from 0 to 65535')
  }
  const logLevel = get('LOG_LEVEL') ?? 'info'
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new ConfigError(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
  }
  const masterKeyText = get('MASTER_KEY')
  const masterKey = masterKeyText === null ? null : Buffer.from(masterKeyText, 'base64')
  if (masterKey !== null && masterKey.length !== 32) {
    throw new ConfigError('MASTER_KEY must be 32 bytes in base64 (openssl rand -base64 32)')
  }
  const outboundLoopback = get('OUTBOUND_LOOPBACK')
  if (outboundLoopback !== 'on' && outboundLoopback !== 'off') {
    throw new ConfigError('OUTBOUND_LOOPBACK must be on or off')
  }
  const smtpUrl = get('SMTP_URL')
  const host = get('HOST') ?? '127.0.0.1'
  const databaseUrl = get('DATABASE_URL')
  const natsUrl = get('NATS_URL')
  const publicUrl = get('PUBLIC_URL') ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const web = (name: string, url: string): string =>
    urlOf(name, url, ['http:', 'https:']).replace(/\/$/, '')
  return Object.freeze({
    host,
    port,
    publicUrl: web('PUBLIC_URL', publicUrl),
    apiUrl: web('API_URL', get('API_URL') ?? publicUrl),
    exitUrl: web('EXIT_URL', get('EXIT_URL') ?? ''),
    trustedProxy: (get('TRUSTED_PROXY') ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    dataDir: resolve(get('DATA_DIR') ?? 'data'),
    logLevel,
    mailFrom: get('MAIL_FROM') ?? '',
    outboundLoopback: outboundLoopback === 'on',
    demonstration: isDemonstration(get('DEMONSTRATION'), { host, publicUrl, databaseUrl }),
    witnesses: get('WITNESSES'),
    natsServerBin: get('NATS_SERVER_BIN'),
    natsServerSha256: get('NATS_SERVER_SHA256'),
    secrets: Object.freeze({
      databaseUrl: databaseUrl && urlOf('DATABASE_URL', databaseUrl, ['postgres:', 'postgresql:']),
      natsUrl: natsUrl && urlOf('NATS_URL', natsUrl, ['nats:', 'tls:']),
      smtpUrl: smtpUrl && urlOf('SMTP_URL', smtpUrl, ['smtp:', 'smtps:']),
      masterKey,
    }),
  })
}
