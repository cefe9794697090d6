import type { Problems } from '../../src/problem.ts'

/** Identity answers with the problems of the kernel alone. */
export const problems = {} as const satisfies Problems
