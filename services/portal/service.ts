import type { Service } from '../../src/service.ts'
import { createPortal, type PortalRoute } from './page.ts'
import { PROBLEMS } from './problems.ts'
import { account } from './routes/account.tsx'
import { agencies } from './routes/agencies.tsx'
import { agencyKeys } from './routes/agency-keys.tsx'
import { arrivalCode } from './routes/arrival-code.tsx'
import { capacity } from './routes/capacity.tsx'
import { caseData } from './routes/case-data.tsx'
import { caseSettings } from './routes/case-settings.tsx'
import { caseTalks } from './routes/case-talks.tsx'
import { caseRoute } from './routes/case.tsx'
import { cases } from './routes/cases.tsx'
import { consent } from './routes/consent.tsx'
import { auditEntries } from './routes/audit-entries.tsx'
import { auditOpenings } from './routes/audit-openings.tsx'
import { auditProof } from './routes/audit-proof.tsx'
import { auditQuestions } from './routes/audit-questions.tsx'
import { auditUnusual } from './routes/audit-unusual.tsx'
import { breakGlass } from './routes/break-glass.tsx'
import { directory } from './routes/directory.tsx'
import { exports } from './routes/exports.tsx'
import { exit } from './routes/exit.ts'
import { gaps } from './routes/gaps.tsx'
import { holdPlace } from './routes/hold-place.tsx'
import { home } from './routes/home.tsx'
import { imports } from './routes/imports.tsx'
import { inbox } from './routes/inbox.tsx'
import { language } from './routes/language.ts'
import { messages } from './routes/messages.tsx'
import { more } from './routes/more.tsx'
import { network } from './routes/network.tsx'
import { newProposal } from './routes/new-proposal.tsx'
import { openData } from './routes/open-data.tsx'
import { people } from './routes/people.tsx'
import { programs } from './routes/programs.tsx'
import { proposals } from './routes/proposals.tsx'
import { records } from './routes/records.tsx'
import { referral } from './routes/referral.tsx'
import { returns } from './routes/returns.tsx'
import { send } from './routes/send.tsx'
import { sent } from './routes/sent.tsx'
import { step } from './routes/step.tsx'
import { stopOrders } from './routes/stop-orders.tsx'
import { survivorReport } from './routes/survivor-report.tsx'
import { writeMessage } from './routes/write-message.tsx'

/** Every page and form, in the order of registration. */
export const PAGES: readonly PortalRoute[] = [
  home,
  inbox,
  sent,
  referral,
  arrivalCode,
  openData,
  breakGlass,
  writeMessage,
  messages,
  holdPlace,
  step,
  cases,
  gaps,
  caseRoute,
  caseSettings,
  returns,
  records,
  caseTalks,
  caseData,
  consent,
  send,
  stopOrders,
  directory,
  capacity,
  network,
  imports,
  exports,
  auditUnusual,
  auditEntries,
  auditOpenings,
  auditQuestions,
  auditProof,
  survivorReport,
  people,
  agencies,
  agencyKeys,
  programs,
  newProposal,
  proposals,
  account,
  more,
  language,
  exit,
]

export const portal: Service = {
  name: 'portal',
  routes: [
    async (app, ctx) => {
      const made = await createPortal(app, ctx)
      for (const page of PAGES) page(made)
    },
  ],
  consumers: [],
  jobs: [],
  problems: PROBLEMS,
  refused: 'identity.person.sign_in_refused.v1',
}
