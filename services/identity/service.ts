import type { Service } from '../../src/service.ts'
import { problems } from './problems.ts'
import { acceptInvitation } from './routes/accept-invitation.ts'
import { addPersonRoute } from './routes/add-person.ts'
import { beginSignIn } from './routes/begin-sign-in.ts'
import { changePersonRoute } from './routes/change-person.ts'
import { changeProgram } from './routes/change-program.ts'
import { decideProposal } from './routes/decide-proposal.ts'
import { endSessions } from './routes/end-sessions.ts'
import { finishSignIn } from './routes/finish-sign-in.ts'
import { home } from './routes/home.ts'
import { invitePerson } from './routes/invite-person.ts'
import { keyChallenge } from './routes/key-challenge.ts'
import { listPeopleRoute } from './routes/list-people.ts'
import { listPrograms } from './routes/list-programs.ts'
import { listProposalsRoute } from './routes/list-proposals.ts'
import { makeProposalRoute } from './routes/make-proposal.ts'
import { oidc } from './routes/oidc.ts'
import { providerLogout } from './routes/provider-logout.ts'
import { prove } from './routes/prove.ts'
import { readSelf } from './routes/read-self.ts'
import { signIn } from './routes/sign-in.ts'
import { signInAgain } from './routes/sign-in-again.ts'
import { signOut } from './routes/sign-out.ts'

export const identity: Service = {
  name: 'identity',
  routes: [
    home,
    oidc,
    readSelf,
    beginSignIn,
    prove,
    finishSignIn,
    signIn,
    signInAgain,
    signOut,
    providerLogout,
    acceptInvitation,
    listPeopleRoute,
    addPersonRoute,
    changePersonRoute,
    invitePerson,
    endSessions,
    listPrograms,
    changeProgram,
    listProposalsRoute,
    keyChallenge,
    makeProposalRoute,
    decideProposal,
  ],
  consumers: [],
  jobs: [],
  problems,
  refused: 'identity.change.refused.v1',
}
