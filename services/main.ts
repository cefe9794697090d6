import { prepareDemonstration } from '../demo/prepare.ts'
import { main } from '../src/start.ts'
import { all } from './all.ts'

await main(all, prepareDemonstration)
