let waiting = 0

/** How many actions wait on this device for a signal, as far as this page knows. */
export const hasWaiting = (): boolean => waiting > 0

export const setWaiting = (count: number): void => {
  waiting = count
}
