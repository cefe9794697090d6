/** The file that stands for a test: 'built/7/cases.test.js' for 'test/cases.test.ts'. */
export function packedAs(folder: string, test: string): string
/** Packs tests, such as 'test/cases.test.ts', into `folder`, a path from the root. */
export function packTests(folder: string, tests: readonly string[]): Promise<void>
