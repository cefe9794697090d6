import type { ComponentChildren, JSX } from 'preact'

/** A line of a list that leads on, with something small below its title. */
export const ListLink = (given: {
  readonly path: string
  readonly title: string
  readonly children: ComponentChildren
}): JSX.Element => {
  const text = (
    <span>
      <b>{given.title}</b>
      <br />
      <span class="soft small">{given.children}</span>
    </span>
  )
  return (
    <li>
      <a href={given.path}>{text}</a>
    </li>
  )
}
