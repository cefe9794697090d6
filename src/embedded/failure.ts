/** A start that cannot go on. `message` is one line for a person: what is wrong and what to do. */
export class StartFailure extends Error {
  override name = 'StartFailure'
}

/** Turns the file-system errors a person can do something about into a StartFailure. */
export function explain(error: unknown, what: string): Error {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const path = (error as NodeJS.ErrnoException | undefined)?.path ?? ''
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path || what)
  if (code === 'EACCES' || code === 'EPERM') {
    return new StartFailure(
      `${path || what} belongs to another user. Start as that user, or give the folder to this one.`,
    )
  }
  if (code === 'EROFS') {
    return new StartFailure(`${path || what} is read-only. Choose another data folder.`)
  }
  return error instanceof Error ? error : new Error(String(error))
}

export function diskFull(where: string): StartFailure {
  return new StartFailure(`The disk is full (${where}). Free some space and start again.`)
}
