import type { JSX } from 'preact'
import type { Urgency } from '../../../src/contracts/codes.ts'
import type { ReferralState } from '../../../src/contracts/lifecycle.ts'
import { Icon, type IconName } from './icon.tsx'
import { useWords } from './words.ts'

export type Look = 'good' | 'wait' | 'late' | 'calm' | 'quiet'

/** Shape, word and colour: none of them alone. */
export const Pill = (given: {
  readonly look: Look
  readonly icon: IconName
  readonly text: string
}): JSX.Element => (
  <span class={`pill ${given.look}`}>
    <Icon name={given.icon} />
    {given.text}
  </span>
)

const STATES: Readonly<Record<ReferralState, readonly [Look, IconName]>> = {
  draft: ['quiet', 'ring'],
  sent: ['calm', 'dot'],
  acknowledged: ['calm', 'eye'],
  info_requested: ['wait', 'ask'],
  accepted: ['good', 'check'],
  handed_over: ['good', 'people'],
  in_service: ['good', 'arrow'],
  on_hold: ['wait', 'pause'],
  completed: ['good', 'check'],
  closed: ['quiet', 'check'],
  declined: ['quiet', 'cross'],
  withdrawn: ['quiet', 'cross'],
  expired: ['late', 'clock'],
  revoked: ['late', 'lock'],
  ended_unserved: ['late', 'cross'],
  entered_in_error: ['quiet', 'cross'],
}

export const StatePill = ({ state }: { readonly state: ReferralState }): JSX.Element => {
  const [look, icon] = STATES[state]
  return <Pill look={look} icon={icon} text={useWords()(`state.${state}`)} />
}

export const UrgencyPill = ({ urgency }: { readonly urgency: Urgency }): JSX.Element | null => {
  const t = useWords()
  if (urgency === 'normal') return null
  const look = urgency === 'emergency' ? 'late' : 'wait'
  return <Pill look={look} icon="warn" text={t(`urgency.${urgency}`)} />
}
