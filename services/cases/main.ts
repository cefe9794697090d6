import { main } from '../../src/start.ts'
import { cases } from './service.ts'

await main([cases])
