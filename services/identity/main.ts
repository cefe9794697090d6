import { main } from '../../src/start.ts'
import { identity } from './service.ts'

await main([identity])
