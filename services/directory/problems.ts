import type { Problems } from '../../src/problem.ts'

/** The directory answers with the problems of the kernel and has none of its own. */
export const PROBLEMS = {} as const satisfies Problems
