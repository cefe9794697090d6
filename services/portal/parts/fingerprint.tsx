import type { JSX } from 'preact'

/** A key's fingerprint in its groups, to be read aloud one after another; it breaks between them alone. */
export const Fingerprint = ({ text }: { readonly text: string }): JSX.Element => (
  <span class="fingerprint">
    {text.split(' ').map((group, index) => (
      <>
        {index > 0 && ' '}
        <span key={group} class="code">
          {group}
        </span>
      </>
    ))}
  </span>
)
