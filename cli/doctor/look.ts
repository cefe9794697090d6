import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { isOpenToAnybody } from '../../src/bus.ts'
import { lookAtBus } from '../../src/bus/look.ts'
import { isLoopback, type Config } from '../../src/config.ts'
import { embeddedUrl } from '../../src/embedded/where.ts'
import { loadKeys, missingKeys } from '../../src/keys.ts'
import { databasePassword } from '../../src/run.ts'
import { lookAtDatabase } from './database.ts'
import { found, PARTS, type Finding, type Looked } from './finding.ts'

const ANSWER_MS = 5_000
const PRIVATE = 0o077

export interface LookOptions {
  readonly config: Config
  /** Free space in bytes below which a disk is low. */
  readonly diskFree: number
}

const lookAtSettings = ({ config }: LookOptions): Finding[] => {
  const url = new URL(config.publicUrl)
  const isPlain = url.protocol === 'http:' && !isLoopback(url.hostname)
  return isPlain ? [found('address_plain', { url: url.origin })] : []
}

const keysFolder = (config: Config): string => join(config.dataDir, 'keys')

const missingIn = (config: Config): string[] =>
  missingKeys(keysFolder(config), config.secrets.masterKey)

const lookAtKeys = async ({ config }: LookOptions): Promise<Finding[]> => {
  const folder = keysFolder(config)
  const missing = missingIn(config)
  const findings: Finding[] = []
  if (missing.length > 0) {
    findings.push(found('keys_missing', { folder, files: missing.join(', ') }))
  }
  const loose: string[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const { mode } = await stat(join(folder, name))
    if (process.platform !== 'win32' && (mode & PRIVATE) !== 0) loose.push(name)
  }
  if (loose.length > 0) findings.push(found('keys_loose', { folder, files: loose.join(', ') }))
  return findings
}

const lookAtDisk = async ({ config, diskFree }: LookOptions): Promise<Finding[]> => {
  const place = await statfs(config.dataDir).catch(() => null)
  if (place === null) return []
  const free = place.bavail * place.bsize
  const megabytes = Math.floor(free / 2 ** 20)
  return free < diskFree ? [found('disk_low', { folder: config.dataDir, megabytes })] : []
}

const lookAtPostgres = async ({ config }: LookOptions): Promise<readonly Looked[]> => {
  const url = config.secrets.databaseUrl ?? (await embeddedUrl(config.dataDir, 'postgres'))
  if (url === null) return [{ part: 'database', findings: [found('database_away', { code: '-' })] }]
  // Keys that are missing are not made here.
  const password =
    missingIn(config).length > 0
      ? null
      : databasePassword(
          await loadKeys(keysFolder(config), config.secrets.masterKey),
          'titian_audit',
        )
  return await lookAtDatabase(url, password)
}

const lookAtNats = async ({ config }: LookOptions): Promise<Finding[]> => {
  const url = config.secrets.natsUrl ?? (await embeddedUrl(config.dataDir, 'nats'))
  if (url === null) return [found('nats_away', { code: '-' })]
  try {
    const findings: Finding[] = []
    const { messages, letters } = await lookAtBus(url)
    const lost = (['HUB', 'AGENCY'] as const).filter((name) => messages[name] === null)
    if (lost.length > 0) findings.push(found('streams_missing', { streams: lost.join(', ') }))
    if (letters > 0) findings.push(found('dead_letters', { count: letters }))
    if (await isOpenToAnybody(url)) findings.push(found('nats_open'))
    return findings
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'no answer'
    return [found(code === 'AUTHORIZATION_VIOLATION' ? 'nats_refused' : 'nats_away', { code })]
  }
}

const lookAtMail = async ({ config }: LookOptions): Promise<Finding[]> => {
  const { smtpUrl } = config.secrets
  if (smtpUrl === null) return []
  const mail = createTransport(smtpUrl, {
    connectionTimeout: ANSWER_MS,
    greetingTimeout: ANSWER_MS,
  } as object)
  try {
    await mail.verify()
    return []
  } catch (error) {
    return [found('mail_away', { code: (error as { code?: string }).code ?? 'no answer' })]
  } finally {
    mail.close()
  }
}

interface Readiness {
  readonly checks: Readonly<Record<string, boolean>>
}

const lookAtHub = async ({ config }: LookOptions): Promise<Finding[]> => {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const url = `http://${host}:${config.port}`
  const signal = AbortSignal.timeout(ANSWER_MS)
  try {
    const answer = await fetch(`${url}/health/ready`, { signal })
    if (answer.ok) return []
    const { checks } = (await answer.json()) as Readiness
    const down = Object.keys(checks).filter((name) => checks[name] !== true)
    return [found('hub_not_ready', { url, parts: down.join(', ') })]
  } catch {
    return [found('hub_away', { url })]
  }
}

/** Looks at every part, beside one another, and changes nothing. In the order of `PARTS`. */
export const lookAtAll = async (options: LookOptions): Promise<readonly Looked[]> => {
  const settings = { part: 'settings' as const, findings: lookAtSettings(options) }
  const looked = await Promise.all([
    lookAtKeys(options).then((findings) => ({ part: 'keys' as const, findings })),
    lookAtDisk(options).then((findings) => ({ part: 'disk' as const, findings })),
    lookAtPostgres(options),
    lookAtNats(options).then((findings) => ({ part: 'nats' as const, findings })),
    lookAtMail(options).then((findings) => ({ part: 'mail' as const, findings })),
    lookAtHub(options).then((findings) => ({ part: 'hub' as const, findings })),
  ])
  const all = [settings, ...looked.flat()]
  return PARTS.flatMap((part) => {
    const own = all.filter((each) => each.part === part)
    return own.length === 0 ? [] : [{ part, findings: own.flatMap((each) => each.findings) }]
  })
}
