import { main } from '../../src/start.ts'
import { messages } from './service.ts'

await main([messages])
