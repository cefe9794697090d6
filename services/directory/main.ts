import { main } from '../../src/start.ts'
import { directory } from './service.ts'

await main([directory])
