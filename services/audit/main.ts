import { main } from '../../src/start.ts'
import { audit } from './service.ts'

await main([audit])
