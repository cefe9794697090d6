import { prepareDemonstration } from '../demo/prepare.ts'
import { main, type Prepare } from '../src/start.ts'
import { all } from './all.ts'
import { inviteFirstAdministrators } from './identity/first-administrators.ts'

const prepare: Prepare = async (started) => {
  const { admin, config } = started
  if (config.demonstration) return await prepareDemonstration(started)
  return { lines: await inviteFirstAdministrators(admin, config.publicUrl) }
}

await main(all, prepare)
