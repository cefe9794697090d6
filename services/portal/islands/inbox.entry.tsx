import { InboxList } from '../parts/inbox-list.tsx'
import { wake } from './wake.tsx'

wake('inbox', InboxList)
