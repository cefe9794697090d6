import { COMMANDS } from './commands.ts'
import { commandOf, helpOf, UsageError } from './command.ts'

/** Exit codes: 0 well, 1 the answer is no, 2 the command was not understood or could not run. */
const CANNOT = 2

const words = process.argv.slice(2)
const found = commandOf(COMMANDS, words)
if (found === null) {
  const isHelp = words.length === 0 || words.includes('--help') || words[0] === 'help'
  process[isHelp ? 'stdout' : 'stderr'].write(helpOf(COMMANDS, words))
  process.exitCode = isHelp ? 0 : CANNOT
} else if (found.args.includes('--help')) {
  process.stdout.write(`${found.command.usage}\n\n${found.command.help}\n`)
} else {
  try {
    process.exitCode = await found.command.run(found.args)
  } catch (error) {
    const isForPeople = error instanceof UsageError
    process.stderr.write(
      isForPeople ? `${error.message}\n\n${found.command.usage}\n` : `${String(error)}\n`,
    )
    process.exitCode = CANNOT
  }
}
