import type { ComponentChildren, JSX } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import type { Look } from './pill.tsx'

/** A message that stays until it is no longer true. */
export const Banner = (given: {
  readonly look: Look
  readonly icon: IconName
  readonly title?: string
  readonly role?: 'alert' | 'status'
  readonly children?: ComponentChildren
}): JSX.Element => (
  <div class={`banner ${given.look}`} role={given.role}>
    <Icon name={given.icon} />
    <div>
      {given.title !== undefined && <h2>{given.title}</h2>}
      {given.children}
    </div>
  </div>
)

/** What will appear here, and at most one thing to do. */
export const Empty = (given: {
  readonly icon: IconName
  readonly text: string
  readonly children?: ComponentChildren
}): JSX.Element => (
  <div class="empty">
    <Icon name={given.icon} />
    <p>{given.text}</p>
    {given.children}
  </div>
)

export interface Fact {
  readonly name: string
  readonly value: ComponentChildren
  readonly change?: ComponentChildren
}

export const Facts = ({ facts }: { readonly facts: readonly Fact[] }): JSX.Element => (
  <dl class="facts">
    {facts.map(({ name, value, change }) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
        {change !== undefined && <dd>{change}</dd>}
      </div>
    ))}
  </dl>
)

export interface Tab {
  readonly path: string
  readonly text: string
  readonly isHere: boolean
  readonly count?: string
}

export const Tabs = (given: {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly isSides?: boolean
}) => (
  <nav aria-label={given.label}>
    <ul class={given.isSides === true ? 'tabs sides' : 'tabs'}>
      {given.tabs.map(({ path, text, isHere, count }) => (
        <li key={path}>
          <a href={path} {...(isHere ? { 'aria-current': 'page' as const } : {})}>
            {text}
            {count !== undefined && <span class="tabular">{count}</span>}
          </a>
        </li>
      ))}
    </ul>
  </nav>
)

export const Head = (given: { readonly title: string; readonly children?: ComponentChildren }) => (
  <div class="head">
    <h1>{given.title}</h1>
    {given.children}
  </div>
)

export const More = (given: { readonly path: string | null; readonly text: string }) =>
  given.path === null ? null : (
    <p>
      <a class="button" href={given.path}>
        {given.text}
      </a>
    </p>
  )
