/** A clock that stands still until it is set. */
export const standingClock = (text: string) => {
  let at = new Date(text)
  return {
    now: () => at,
    set: (next: string): void => {
      at = new Date(next)
    },
  }
}
