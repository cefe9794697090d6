import { parseArgs, type ParseArgsConfig } from 'node:util'

/** One command of `npx titian`. */
export interface Command {
  /** What is typed after `titian`. */
  readonly words: readonly string[]
  /** One line: what is typed, with its arguments. */
  readonly usage: string
  /** One line for the list of commands. */
  readonly summary: string
  /** For `--help`: arguments, what is printed, exit codes. */
  readonly help: string
  /** Resolves with the exit code: 0 well, 1 the answer is no. @throws UsageError */
  readonly run: (args: readonly string[]) => Promise<number>
}

/** The arguments cannot be understood or used; the message says the cure. */
export class UsageError extends Error {}

export const commandOf = (
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; args: readonly string[] } | null => {
  const command = commands.find((each) => each.words.every((word, i) => words[i] === word))
  return command === undefined ? null : { command, args: words.slice(command.words.length) }
}

/** The list of commands, only those that begin with the words given when there are such. */
export const helpOf = (commands: readonly Command[], words: readonly string[]): string => {
  const meant = commands.filter(({ words: own }) => own[0] === words[0])
  const listed = meant.length > 0 ? meant : commands
  const width = Math.max(...listed.map((command) => command.words.join(' ').length))
  const lines = listed.map(
    (command) => `  ${command.words.join(' ').padEnd(width)}  ${command.summary}`,
  )
  return `npx titian COMMAND\n\n${lines.join('\n')}\n\nnpx titian COMMAND --help says more.\n`
}

type Options = NonNullable<ParseArgsConfig['options']>

type Arguments<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>

/** Arguments as `node:util` reads them. @throws UsageError naming the one that is not known */
export const argumentsOf = <const T extends Options>(
  args: readonly string[],
  options: T,
): Arguments<T> => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
