import { main } from '../../src/start.ts'
import { notifications } from './service.ts'

await main([notifications])
