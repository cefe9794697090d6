import type { JSX } from 'preact'

const SHAPES = {
  bridge: 'M2 17h20M4 17v-4a8 6 0 0 1 16 0v4M8.5 17v-7.4M15.5 17v-7.4M12 17V7',
  inbox: 'M3 13l3-8h12l3 8v6H3zM3 13h5l1.5 3h5L16 13h5',
  cases: 'M3 6h6l2 2h10v11H3z',
  directory: 'M5 3h13v18H5zM5 7H3M5 12H3M5 17H3M9 8h5M9 12h5',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  pause: 'M9 6v12M15 6v12',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6 6l12 12M18 6L6 18',
  ask: 'M9 9a3 3 0 1 1 4 2.8c-.8.3-1 1-1 1.7v.5M12 17.5h.01',
  warn: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  info: 'M12 11v6M12 7h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  talk: 'M4 5h16v11H9l-5 4z',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  shield: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z',
  exit: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18.5 14.6c1.9.9 3 2.7 3 5.4',
  dot: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8',
  ring: 'M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12',
  arrow: 'M5 12h13M13 6l6 6-6 6',
  dash: 'M6 12h12',
} as const
export type IconName = keyof typeof SHAPES

/** Beside words, never in their place. */
export const Icon = ({ name }: { readonly name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} />
  </svg>
)
