import type { Readable } from 'node:stream'

/** How a body ended: all of it came; more came than is taken; too little in the time; or its sender left. */
export type BodyEnd = 'whole' | 'large' | 'late' | 'left'

export interface BodyLimits {
  /** Most bytes that are kept. */
  readonly most: number
  /** Milliseconds for it to arrive. */
  readonly withinMs: number
}

/**
 * Reads a body as far as its limits allow. What comes after is read away, so that the connection can carry
 * an answer.
 */
export const readBody = (
  body: Readable,
  { most, withinMs }: BodyLimits,
): Promise<{ data: Buffer; end: BodyEnd }> =>
  new Promise((done) => {
    const parts: Buffer[] = []
    let bytes = 0
    const finish = (end: BodyEnd): void => {
      clearTimeout(timer)
      body.off('data', take).off('end', ended).off('close', left)
      body.resume()
      done({ data: Buffer.concat(parts), end })
    }
    const take = (part: Buffer): void => {
      parts.push(part.subarray(0, most - bytes))
      bytes += part.length
      if (bytes > most) finish('large')
    }
    const ended = (): void => finish('whole')
    const left = (): void => finish('left')
    const timer = setTimeout(() => finish('late'), withinMs)
    // While this waited for its turn.
    if (body.destroyed) return finish('left')
    // Whoever leaves is seen by 'close'; an error without a listener would end the process.
    body.on('error', () => {})
    body.on('data', take).on('end', ended).on('close', left)
  })
