import type { Problems } from '../../src/problem.ts'

/** The portal answers people with pages; what an API call refuses is told in its own words. */
export const PROBLEMS = {} as const satisfies Problems
