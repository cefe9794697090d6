import type { Service } from '../../src/service.ts'
import { PROBLEMS } from './problems.ts'
import { followLive } from './routes/follow-live.ts'
import { readFeedRoute } from './routes/read-feed.ts'

export const notifications: Service = {
  name: 'notifications',
  routes: [readFeedRoute, followLive],
  consumers: [],
  jobs: [],
  problems: PROBLEMS,
  refused: 'notifications.feed.refused.v1',
}
