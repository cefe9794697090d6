export type Progress = (text: string) => void

const FIRST_LINE_MS = 1_000
const NEXT_LINES_MS = 5_000

/**
 * Runs `work`; when it takes longer than one second, says so through `progress`, and again every
 * five seconds with the time spent.
 */
export async function slow<T>(
  progress: Progress | undefined,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now()
  const tell = () => {
    progress?.(`… ${what} (${Math.round((Date.now() - startedAt) / 1000)} s)`)
    timer = setTimeout(tell, NEXT_LINES_MS)
    timer.unref()
  }
  let timer = setTimeout(tell, FIRST_LINE_MS)
  timer.unref()
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
