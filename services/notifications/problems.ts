import type { Problems } from '../../src/problem.ts'

/** The kernel's problems suffice. */
export const PROBLEMS = {} as const satisfies Problems
