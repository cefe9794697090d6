import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { BundleError, parseBundle } from '../src/proof/bundle.ts'
import type { Sha256 } from '../src/proof/hash.ts'
import { parsePolicy, PolicyError } from '../src/proof/policy.ts'
import { reportOf, type ReportLanguage } from '../src/proof/report.ts'
import { verifyBundle } from '../src/proof/verify.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'

/** Node's own hash answers at once; going by way of text is its fastest way to bytes. */
export const nodeSha256: Sha256 = (data) => Buffer.from(hash('sha256', data, 'hex'), 'hex')

const LANGUAGES = ['id', 'en', 'both'] as const

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

const reading = async <T>(path: string, read: () => T | Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    if (error instanceof BundleError || error instanceof PolicyError) {
      throw new UsageError(`${path}: ${error.message}`)
    }
    throw error
  }
}

/** A kept checkpoint by itself, or the one of a kept bundle. */
const checkpointOf = async (path: string): Promise<string> => {
  const text = await readText(path)
  if (!text.startsWith('{')) return text
  return (await reading(path, () => parseBundle(text))).checkpoint
}

const verify = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = argumentsOf(args, {
    policy: { type: 'string' },
    earlier: { type: 'string', multiple: true, default: [] },
    lang: { type: 'string', default: 'both' },
    json: { type: 'boolean', default: false },
  })
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new UsageError('Name one bundle.')
  if (values.policy === undefined) throw new UsageError('Name a policy: --policy FILE')
  const language = LANGUAGES.find((each) => each === values.lang)
  if (language === undefined) throw new UsageError(`--lang is one of ${LANGUAGES.join(', ')}`)
  const [text, policyText] = [await readText(path), await readText(values.policy)]
  const policy = await reading(values.policy, () => parsePolicy(policyText))
  const bundle = await reading(path, () => parseBundle(text))
  const kept = await Promise.all(values.earlier.map(checkpointOf))
  const verdict = await verifyBundle(bundle, policy, { kept, sha256: nodeSha256 })
  if (values.json) {
    const { entries, ...whole } = verdict
    process.stdout.write(`${JSON.stringify({ ...whole, entries: entries.length })}\n`)
  } else {
    const spoken: readonly ReportLanguage[] = language === 'both' ? ['id', 'en'] : [language]
    process.stdout.write(spoken.map((each) => reportOf(verdict, each)).join('\n'))
  }
  return verdict.holds ? 0 : 1
}

export const auditVerify: Command = {
  words: ['audit', 'verify'],
  usage:
    'npx titian audit verify BUNDLE --policy FILE [--earlier FILE…] [--lang id|en|both] [--json]',
  summary: 'check a bundle of the audit trail offline',
  help: `Checks, without any network, that every entry of BUNDLE is in the ledger, that its content is
what the ledger hashed, and that no number of the agency's feed is missing.

  BUNDLE          what GET /v1/audit/bundle answered
  --policy FILE   whom you believe: logs, witnesses and quorum (c2sp.org/tlog-policy)
  --earlier FILE  a bundle or checkpoint that you kept, or that a witness holds (GET /latest/… of
                  it): shows a ledger that was rolled back or that tells others another history.
                  May be repeated. Ask for the bundle with since= the size of each.
  --lang          language of the report; both when not said
  --json          the verdict for programs

Exit code 0: it holds. 1: it cannot be trusted; the report says why. 2: it could not be checked.`,
  run: verify,
}
