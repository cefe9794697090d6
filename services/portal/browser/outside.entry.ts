import { startExit } from './exit.ts'

startExit()
document.documentElement.dataset['shell'] = 'awake'
