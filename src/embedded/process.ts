import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const POLL_MS = 20

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * What tells this life of a process id from another one: two processes that had the same id have
 * different births. Null when there is no such process.
 */
export async function birthOf(pid: number): Promise<string | null> {
  if (!isAlive(pid)) return null
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // Field 22 of proc(5), counted after the command name, which may itself contain spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return null
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.trim()}/${fields[19]}`
  } catch {
    return (await ps(pid, 'lstart')) ?? null
  }
}

/** The command line of a process, or '' when there is none to see. */
export async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim()
  } catch {
    return isAlive(pid) ? ((await ps(pid, 'command')) ?? '') : ''
  }
}

/** True when the process ended within the time. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while ((await birthOf(pid)) !== null) {
    if (Date.now() > deadline) return false
    await wait(POLL_MS)
  }
  return true
}

async function ps(pid: number, field: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', `${field}=`, '-p', String(pid)])
    return stdout.trim() || undefined
  } catch {
    return undefined
  }
}
