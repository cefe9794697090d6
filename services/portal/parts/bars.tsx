import type { JSX } from 'preact'

export interface Bar {
  readonly name: string
  /** Parts in the order of the columns; null: suppressed. */
  readonly counts: readonly (number | null)[]
}

const WIDTH = 600
const BAR = 18
const HIDDEN_WIDTH = 14
const TINTS = 6

/** The look of a column's part, the same in bars and legend. */
export const tintOf = (column: number): string => `part part-${column % TINTS}`

const sumOf = (counts: Bar['counts']): number =>
  counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
const hiddenOf = (counts: Bar['counts']): number => counts.filter((count) => count === null).length

/** Where each part of a bar begins and how wide it is; what is suppressed has one width, whatever it is. */
const partsOf = (counts: Bar['counts'], scale: number): { at: number; width: number }[] => {
  let end = 0
  return counts.map((count) => {
    const at = end
    const width = count === null ? HIDDEN_WIDTH : count * scale
    end += width
    return { at, width }
  })
}

/**
 * Bars drawn by the server, one a row, their parts one after another. What is suppressed is a hatched piece
 * of one size: it says that something is there, and nothing of how much. The numbers stand in the table.
 */
export const Bars = (given: {
  readonly id: string
  readonly label: string
  readonly bars: readonly Bar[]
}): JSX.Element => {
  const { id, label, bars } = given
  const most = Math.max(1, ...bars.map(({ counts }) => sumOf(counts)))
  const room = WIDTH - Math.max(0, ...bars.map(({ counts }) => hiddenOf(counts))) * HIDDEN_WIDTH
  return (
    <div class="bars" role="img" aria-label={label}>
      <svg class="pattern" aria-hidden="true">
        <pattern id={`hatch-${id}`} width="6" height="6" patternUnits="userSpaceOnUse">
          <path d="M0 6L6 0" class="hatch" />
        </pattern>
      </svg>
      {bars.map(({ name, counts }) => (
        <div key={name}>
          {name}
          <svg viewBox={`0 0 ${WIDTH} ${BAR}`} preserveAspectRatio="none">
            {partsOf(counts, room / most).map(({ at, width }, column) =>
              width === 0 ? null : (
                <rect
                  key={column}
                  x={at}
                  width={width}
                  height={BAR}
                  class={counts[column] === null ? 'part hidden-count' : tintOf(column)}
                  {...(counts[column] === null ? { fill: `url(#hatch-${id})` } : {})}
                />
              ),
            )}
          </svg>
        </div>
      ))}
    </div>
  )
}
