import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import type { Client } from '../../src/client/http.ts'
import type { Role } from '../../src/contracts/codes.ts'
import type { Language } from '../../src/problem.ts'
import type { Names } from './names.ts'
import type { Key, Words } from './parts/words.ts'
import type { When } from './when.ts'

/** Who the API says is asking. */
export interface Self {
  readonly kind: 'person' | 'system'
  readonly id: string
  readonly agency: string | null
  readonly roles: readonly Role[]
}

/** One request for a page: who asks, in which language, and the API with that person's session. */
export interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly language: Language
  readonly t: Words
  readonly when: When
  /** Null on pages for those who are not signed in. */
  readonly me: Self | null
  readonly api: Client
  readonly names: Names
}

export interface SignedVisit extends Visit {
  readonly me: Self
}

/** Where in the menu a page belongs. */
export type Place = 'referrals' | 'cases' | 'audit' | 'more'

/** What a route answers with. Titles say the kind of page and nothing else. */
export interface PageView {
  readonly kind: 'page'
  readonly title: Key
  readonly place?: Place
  readonly status?: number
  /** The browser renews the content when the hub says that something changed. */
  readonly isLive?: true
  readonly body: VNode
}
export interface GoTo {
  readonly kind: 'go'
  readonly to: string
}
/** Data for an island that asks again; the same data as in the page. */
export interface DataView {
  readonly kind: 'data'
  readonly data: object
}
/** A document of its own, outside the frame of pages. */
export interface RawView {
  readonly kind: 'raw'
  readonly body: string
}
/** A file to be saved; its name says nothing of anybody. */
export interface FileView {
  readonly kind: 'file'
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}
export type View = PageView | GoTo | DataView | RawView | FileView

/** Makes the pages of one place in the menu. */
export const pageIn =
  (place: Place) =>
  (title: Key, body: VNode, status = 200): PageView => ({
    kind: 'page',
    title,
    place,
    status,
    body,
  })

export const goTo = (to: string): GoTo => ({ kind: 'go', to })

/** Why a form did not come whole. */
export type Cut = 'large' | 'late'

/** What a form sent. Texts are trimmed, empty ones are absent. */
export interface Form {
  text(name: string): string | undefined
  list(name: string): readonly string[]
  /** A file that was chosen, of a form that has one. */
  file(name: string): Buffer<ArrayBuffer> | undefined
  /** Not null: part of it is missing, and it MUST NOT be acted upon. */
  readonly cut: Cut | null
}

export const formOf = (body: unknown, cut: Cut | null = null): Form => {
  type Field = string | string[] | Buffer<ArrayBuffer> | undefined
  const fields = (body ?? {}) as Readonly<Record<string, Field>>
  const list = (name: string): readonly string[] => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    const values =
      value === undefined || Buffer.isBuffer(value) ? [] : Array.isArray(value) ? value : [value]
    // Browsers send a line's end as two characters.
    return values.map((each) => each.replaceAll('\r\n', '\n').trim()).filter((each) => each !== '')
  }
  const file: Form['file'] = (name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    return Buffer.isBuffer(value) ? value : undefined
  }
  return { list, file, text: (name) => list(name)[0], cut }
}
