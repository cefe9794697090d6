import { ConfigError, loadConfig } from '../src/config.ts'
import { argumentsOf, UsageError, type Command } from './command.ts'
import { found, PARTS, type Looked } from './doctor/finding.ts'
import { lookAtAll } from './doctor/look.ts'
import { ENDINGS, fill, FINDINGS, PART_NAMES, type Language } from './doctor/texts.ts'

const LANGUAGES = ['id', 'en'] as const
const GIGABYTE = 2 ** 30

/** One screen: a line for each part, and under it what is wrong and what to do. */
export const screenOf = (looked: readonly Looked[], language: Language): string => {
  const width = Math.max(...PARTS.map((part) => PART_NAMES[part][language].length))
  const lines: string[] = []
  for (const part of PARTS) {
    const name = PART_NAMES[part][language].padEnd(width)
    const own = looked.find((each) => each.part === part)
    if (own === undefined) lines.push(`?   ${name}  ${ENDINGS.unseen[language]}`)
    else if (own.findings.length === 0) lines.push(`ok  ${name}`)
    for (const { code, facts } of own?.findings ?? []) {
      const { what, cure } = FINDINGS[code][language]
      lines.push(
        `!!  ${name}  ${fill(what, facts)}`,
        `    ${' '.repeat(width)}  → ${fill(cure, facts)}`,
      )
    }
  }
  const count = looked.reduce((sum, each) => sum + each.findings.length, 0)
  lines.push('', fill(ENDINGS[count === 0 ? 'well' : 'wrong'][language], { count }))
  return `${lines.join('\n')}\n`
}

const look = async (diskFree: number): Promise<readonly Looked[]> => {
  try {
    return await lookAtAll({ config: loadConfig(process.env), diskFree })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [{ part: 'settings', findings: [found('settings_wrong', { message: error.message })] }]
  }
}

const run = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = argumentsOf(args, {
    lang: { type: 'string', default: 'en' },
    'disk-free': { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  })
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not known.`)
  const language = LANGUAGES.find((each) => each === values.lang)
  if (language === undefined) throw new UsageError(`--lang is one of ${LANGUAGES.join(', ')}`)
  const gigabytes = Number(values['disk-free'])
  if (!(gigabytes >= 0)) throw new UsageError('--disk-free is a number of gigabytes.')
  const looked = await look(gigabytes * GIGABYTE)
  process.stdout.write(values.json ? `${JSON.stringify(looked)}\n` : screenOf(looked, language))
  return looked.every((each) => each.findings.length === 0) ? 0 : 1
}

export const doctor: Command = {
  words: ['doctor'],
  usage: 'npx titian doctor [--lang id|en] [--disk-free GIGABYTES] [--json]',
  summary: 'one screen: what is wrong with this hub, and what to do',
  help: `Looks at settings, keys, disk, Postgres, NATS, ledger, clocks, notices, witnesses, mail and the
running hub, and changes nothing. It reads the settings that the hub reads (docs/environment.md): run it
where the hub runs, with the same environment.

  --lang id|en           language of the screen; en when not said
  --disk-free GIGABYTES  below so much free space a disk is low; 1 when not said
  --json                 findings as codes and facts, for a machine

Exit code 0 when all is well, 1 when something is to be mended, 2 when it could not look.`,
  run,
}
