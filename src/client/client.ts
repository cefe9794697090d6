/** What a partner's program imports: `import { TitianClient } from 'titian/client'`. */
export { TitianClient, type Following, type TitianOptions, type TrailQuery } from './titian.ts'
export { OPERATIONS, type AnswerOf, type Asked, type OperationName } from './operations.ts'
export { HubError, type ChangeOptions, type Client, type FieldProblem } from './http.ts'
export { followFeed, type FollowOptions } from './live.ts'
export {
  createTokenSource,
  TokenError,
  type TokenSource,
  type TokenSourceOptions,
} from './token.ts'
export { createProofKey, type ProofKey } from './proof.ts'
export type { EventType, FeedItem } from '../contracts/events.ts'
export type { HandoffProof } from '../contracts/handoff.ts'
export { permitAudienceOf, permitIssuerOf } from '../contracts/permit.ts'
export {
  verifyHandoff,
  verifyPermit,
  type HandoffExpectation,
  type HandoffVerdict,
  type PermitExpectation,
  type Trust,
} from '../handoff/verify.ts'
export { BundleError, parseBundle, type Bundle } from '../proof/bundle.ts'
export { parsePolicy, PolicyError, type Policy } from '../proof/policy.ts'
export type { Verdict } from '../proof/verdict.ts'
export { verifyBundle } from '../proof/verify.ts'
