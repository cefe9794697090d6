import { Problem, type Text } from './problem.ts'

/** Deeper than any body of the API; what walks a value recursively MUST hold for this depth. */
const DEPTH_MAX = 32

/** Postgres keeps neither NUL nor half of a surrogate pair, in text or in jsonb. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

const UNSTORABLE: Text = {
  id: 'Memuat karakter yang tidak dapat disimpan (NUL atau setengah pasangan surrogate); hapus.',
  en: 'It has a character that cannot be kept (NUL or half of a surrogate pair); remove it.',
}
const NO_NUMBER: Text = {
  id: 'Bukan angka, atau terlalu besar untuk disimpan; tulis angka biasa.',
  en: 'It is no number, or too large to be kept; write an ordinary number.',
}
const TOO_DEEP: Text = {
  id: `Bersarang lebih dari ${DEPTH_MAX} tingkat; kirim dalam bentuk yang lebih datar.`,
  en: `It is nested more than ${DEPTH_MAX} levels deep; send a flatter form.`,
}

/** Bytes and streams are bodies too, and are the route's to judge. */
const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && (Array.isArray(value) || isPlain(value))

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

interface Part {
  readonly value: unknown
  readonly path: readonly string[]
  readonly depth: number
}

/** What is wrong with one part itself, whatever lies below it. */
const complaint = ({ value, depth }: Part): Text | null => {
  if (depth > DEPTH_MAX) return TOO_DEEP
  if (typeof value === 'string' && !isStorable(value)) return UNSTORABLE
  if (typeof value === 'number' && !Number.isFinite(value)) return NO_NUMBER
  return isTree(value) && !Object.keys(value).every(isStorable) ? UNSTORABLE : null
}

/** Names that a schema gives to members, at whatever depth. */
const namesIn = (schema: unknown): string[] => {
  if (!isTree(schema)) return []
  const { properties } = schema as { properties?: unknown }
  const own = isTree(properties) ? Object.keys(properties) : []
  return [...own, ...Object.values(schema).flatMap(namesIn)]
}

/** Where a part is, in names that the API gave: the caller's own are not said again. */
const fieldOf = ({ path }: Part, schema: unknown): string => {
  const known = new Set(namesIn(schema))
  return path.map((name) => (known.has(name) || /^\d+$/.test(name) ? name : '*')).join('.')
}

interface Refused {
  readonly part: Part
  readonly message: Text
}

/** Iterative, since depth is what it guards against. */
const refusedIn = (value: unknown): Refused | null => {
  const parts: Part[] = [{ value, path: [], depth: 0 }]
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const message = complaint(part)
    if (message !== null) return { part, message }
    if (!isTree(part.value)) continue
    for (const [key, inner] of Object.entries(part.value)) {
      parts.push({ value: inner, path: [...part.path, key], depth: part.depth + 1 })
    }
  }
  return null
}

/** Why a value could not be stored or walked, and the cure; null: it could. */
export const whyUnstorable = (value: unknown): Text | null => refusedIn(value)?.message ?? null

/**
 * Refuses a value from outside that could not be stored or walked: characters that Postgres refuses,
 * numbers that JSON has no words for, and nesting without end.
 * @throws Problem invalid_request naming the field
 */
export const demandStorable = (value: unknown, name: string, schema?: unknown): void => {
  const refused = refusedIn(value)
  if (refused === null) return
  const field = fieldOf(refused.part, schema).slice(0, 200) || name
  throw new Problem('invalid_request', { errors: [{ field, message: refused.message }] })
}
