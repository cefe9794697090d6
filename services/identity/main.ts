import { main } from '../../src/start.ts'
import { inviteFirstAdministrators } from './first-administrators.ts'
import { identity } from './service.ts'

await main([identity], async ({ admin, config }) => ({
  lines: await inviteFirstAdministrators(admin, config.publicUrl),
}))
