// Goal: whatever is killed while hand-offs are on their way, each acknowledged one is on the record
// once, in both agencies' feeds once, and no number is missing.
// Method: a whole hub in its own process, with real fsync, driven through the public API by eight
// senders that repeat under one key; nats-server is killed, and its store deleted, in the
// middle; then every place is read.
import { surviveAll } from '../helpers/survive.ts'

await surviveAll([
  ['kill -9 of nats-server', (hub) => hub.killNats],
  ['the loss of all that JetStream stored', (hub) => hub.loseStreams],
])
