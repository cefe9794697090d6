import { startExit } from './exit.ts'
import { startFresh } from './fresh.ts'
import { startLive } from './live.ts'
import { startLock } from './lock.ts'

startExit()
startLock()
startFresh()
if (document.querySelector('[data-bell]') !== null) startLive()
document.documentElement.dataset['shell'] = 'awake'
