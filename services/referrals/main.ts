import { main } from '../../src/start.ts'
import { referrals } from './service.ts'

await main([referrals])
