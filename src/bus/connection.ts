/** What the parts of the bus know of the connection. */
export interface Connection {
  isUp(): boolean
  /** Calls back after each loss or reconnection until the returned function is called. */
  on(change: 'lost' | 'back', listener: () => void): () => void
}
