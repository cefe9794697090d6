// tap watches which files each process of tests loads, for a coverage that is off here: through a loader in
// a thread of its own, which takes a third of a short file's time. It is kept from starting.
const module_ = require('node:module')

const { register } = module_
module_.register = (specifier, ...rest) => {
  if (!String(specifier).includes('/@tapjs/processinfo/')) register(specifier, ...rest)
}
module_.syncBuiltinESMExports()
