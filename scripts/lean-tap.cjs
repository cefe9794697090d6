// tap watches which files each process of tests loads, for a coverage that is off here: through a loader in
// a thread of its own, which takes a third of a short file's time. It is kept from starting.
const module_ = require('node:module')

const { register } = module_
module_.register = (specifier, ...rest) => {
  if (!String(specifier).includes('/@tapjs/processinfo/')) register(specifier, ...rest)
}
module_.syncBuiltinESMExports()

// tap follows every promise of a process to the test that it began in, so that an error nobody caught is
// told under that test; it costs a tenth of the time. Without it such an error ends the process: the file
// of tests has failed, and says why.
const hooks = require('node:async_hooks')
const { writeSync } = require('node:fs')

const { createHook } = hooks
hooks.createHook = (callbacks) => {
  if (!/[\\/]async-hook-domain[\\/]/.test(new Error().stack)) return createHook(callbacks)
  process.on('uncaughtExceptionMonitor', (error) => {
    const lines = String(error?.stack ?? error).split('\n')
    writeSync(1, `\n${lines.map((line) => `# nobody caught: ${line}\n`).join('')}`)
  })
  return createHook({})
}
module_.syncBuiltinESMExports()
