import type { JSX } from 'preact'
import type { Severity } from '../../../src/contracts/gaps.ts'
import type { GapSight, GapStep } from '../gap-sight.ts'
import { PostForm } from './fields.tsx'
import type { IconName } from './icon.tsx'
import { Pill, type Look } from './pill.tsx'
import { useWords } from './words.ts'

const LOOKS: Readonly<Record<Severity, readonly [Look, IconName]>> = {
  high: ['late', 'warn'],
  medium: ['wait', 'warn'],
  low: ['quiet', 'info'],
}

export const SeverityPill = ({ severity }: { readonly severity: Severity }): JSX.Element => {
  const [look, icon] = LOOKS[severity]
  return <Pill look={look} icon={icon} text={useWords()(`severity.${severity}`)} />
}

const StepButton = (given: { readonly step: GapStep; readonly isFirst: boolean }) => {
  const { step, isFirst } = given
  const look = isFirst ? 'button main' : 'button'
  if (step.fields === null) {
    return (
      <a class={look} href={step.path}>
        {step.label}
      </a>
    )
  }
  return (
    <PostForm action={step.path}>
      {Object.entries(step.fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <button class={look}>{step.label}</button>
    </PostForm>
  )
}

/** What is missing, in a sentence, and what closes it, one click away. */
export const GapCard = (given: {
  readonly sight: GapSight
  /** Whether the list is of many cases, so that each names its own. */
  readonly isNamed?: boolean
}): JSX.Element => {
  const { sight, isNamed = false } = given
  const { gap, sentence, steps } = sight
  return (
    <li class="card" id={`gap-${gap.id}`}>
      <div class="card-top">
        <SeverityPill severity={gap.severity} />
        {isNamed && (
          <a class="code" href={`/cases/${gap.case}`}>
            {gap.reference}
          </a>
        )}
      </div>
      <p>{sentence}</p>
      <div class="actions wide">
        {steps.map((step, index) => (
          <StepButton key={step.label} step={step} isFirst={index === 0} />
        ))}
      </div>
    </li>
  )
}
