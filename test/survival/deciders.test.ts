// Goal: whatever is killed while hand-offs are on their way, each acknowledged one is on the record
// once, in both agencies' feeds once, and no number is missing.
// Method: a whole hub in its own process, with real fsync, driven through the public API by eight
// senders that repeat under one key; Postgres and the hub itself are killed in the middle; then every place is read.
import { surviveAll } from '../helpers/survive.ts'

await surviveAll([
  ['kill -9 of Postgres', (hub) => hub.killPostgres],
  ['kill -9 of the hub', (hub) => hub.killHub],
])
