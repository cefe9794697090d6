import type { Service } from '../../src/service.ts'
import { noticeConsumers } from './consumers/notice.ts'
import { courier } from './courier.ts'
import { deadLetters } from './dead-letters.ts'
import { forgetNotices } from './forget.ts'
import { PROBLEMS } from './problems.ts'
import { addChannel } from './routes/add-channel.ts'
import { followLive } from './routes/follow-live.ts'
import { setHosts } from './routes/hosts.ts'
import { listChannels } from './routes/list-channels.ts'
import { listNotices, resendNotice } from './routes/list-notices.ts'
import { getPreference, setPreference } from './routes/preferences.ts'
import { pushKey } from './routes/push-key.ts'
import { readFeedRoute } from './routes/read-feed.ts'
import { removeChannel, testChannel } from './routes/remove-channel.ts'
import { markSeen, readUnread } from './routes/seen.ts'
import { finishTask, listTasks } from './routes/tasks.ts'

export const notifications: Service = {
  name: 'notifications',
  routes: [
    readFeedRoute,
    followLive,
    readUnread,
    markSeen,
    addChannel,
    listChannels,
    removeChannel,
    testChannel,
    pushKey,
    getPreference,
    setPreference,
    listNotices,
    resendNotice,
    listTasks,
    finishTask,
    setHosts,
  ],
  consumers: noticeConsumers,
  jobs: [courier, deadLetters],
  timers: [forgetNotices],
  problems: PROBLEMS,
  refused: 'notifications.feed.refused.v1',
}
