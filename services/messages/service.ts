import type { Service } from '../../src/service.ts'
import { forgetUnsent } from './forget-unsent.ts'
import { PROBLEMS } from './problems.ts'
import { addAttachment } from './routes/add-attachment.ts'
import { addCaseAttachment } from './routes/add-case-attachment.ts'
import { getFile } from './routes/get-file.ts'
import { listCaseMessages } from './routes/list-case-messages.ts'
import { listMessages } from './routes/list-messages.ts'
import { openAttachment } from './routes/open-attachment.ts'
import { openMessage } from './routes/open-message.ts'
import { retractMessage } from './routes/retract-message.ts'
import { sendCaseMessage } from './routes/send-case-message.ts'
import { sendMessage } from './routes/send-message.ts'

export const messages: Service = {
  name: 'messages',
  routes: [
    sendMessage,
    sendCaseMessage,
    listMessages,
    listCaseMessages,
    openMessage,
    retractMessage,
    addAttachment,
    addCaseAttachment,
    openAttachment,
    getFile,
  ],
  consumers: [],
  jobs: [],
  timers: [forgetUnsent],
  problems: PROBLEMS,
  refused: 'messages.message.refused.v1',
}
