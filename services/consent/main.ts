import { main } from '../../src/start.ts'
import { consent } from './service.ts'

await main([consent])
