const EVERY_MS = 1_000

/** Says how far something is, at most once a second, and nothing of what is done sooner. */
export const told = (what: string, say: (text: string) => void) => {
  let last = Date.now()
  return (done: number, of: number): void => {
    if (Date.now() - last < EVERY_MS) return
    last = Date.now()
    say(`… ${what} (${done} of ${of} tables)`)
  }
}
