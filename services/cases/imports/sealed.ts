import { seal, unseal, type Sealed } from '../../../src/seal.ts'

/** Where what an import holds belongs: the content of row n, what is said of it, and of the file (0). */
export const contentPlace = (id: string, n: number): string => `import/${id}/${n}/content`
export const reportPlace = (id: string, n: number): string => `import/${id}/${n}/report`

export const sealJson = (key: Buffer, value: unknown, place: string): Sealed =>
  seal(key, Buffer.from(JSON.stringify(value)), place)

export const openJson = (key: Buffer, box: Sealed, place: string): unknown =>
  JSON.parse(unseal(key, box, place).toString('utf8'))
