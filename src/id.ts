import { v7 } from 'uuid'

/** A time-ordered identifier that follows from 16 bytes at least, and an instant. */
export const idFrom = (bytes: Uint8Array, at: Date): string =>
  v7({ random: Uint8Array.from(bytes.subarray(0, 16)), msecs: at.getTime() })

/** A new time-ordered identifier (UUID version 7, RFC 9562). */
export const newId = (): string => v7()
