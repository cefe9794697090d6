import { main } from '../../src/start.ts'
import { portal } from './service.ts'

await main([portal])
