import type { Service } from '../../src/service.ts'
import { problems } from './problems.ts'
import { acceptInvitation } from './routes/accept-invitation.ts'
import { beginSignIn } from './routes/begin-sign-in.ts'
import { finishSignIn } from './routes/finish-sign-in.ts'
import { home } from './routes/home.ts'
import { oidc } from './routes/oidc.ts'
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
    acceptInvitation,
  ],
  consumers: [],
  jobs: [],
  problems,
  refused: 'identity.person.sign_in_refused.v1',
}
