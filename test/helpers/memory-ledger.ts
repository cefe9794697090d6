import { randomBytes } from 'node:crypto'
import { signFeedHead } from '../../services/audit/feed-head.ts'
import {
  discloseEntry,
  discloseNumber,
  makeLeaf,
  type Concern,
  type LeafEntry,
} from '../../services/audit/leaf.ts'
import {
  CompactRange,
  leafHash,
  proveConsistency,
  proveInclusion,
  type Node,
} from '../../services/audit/merkle.ts'
import { cosign, signCheckpoint, type NoteSigner } from '../../services/audit/note.ts'
import { newId } from '../../src/id.ts'
import { BUNDLE_FORMAT, type Bundle } from '../../src/proof/bundle.ts'
import { toBase64 } from '../../src/proof/bytes.ts'
import { parseNote } from '../../src/proof/note.ts'

export interface Signers {
  readonly log: NoteSigner
  readonly witnesses: readonly NoteSigner[]
}

interface Kept {
  readonly entry: LeafEntry
  readonly concerns: readonly Concern[]
  readonly leaf: string
  readonly secrets: { readonly content: Uint8Array; readonly numbers: Uint8Array }
}

/** When witnesses cosign, in seconds since 1970. */
export const COSIGNED_AT = 1_795_487_826

export const entryOf = (agency: string, more: Partial<LeafEntry> = {}): LeafEntry => ({
  id: newId(),
  at: '2026-11-24T02:18:51.123Z',
  type: 'referrals.package.opened.v1',
  outcome: 'ok',
  agency,
  actor: newId(),
  subject: newId(),
  object: newId(),
  purpose: 'shelter',
  categories: ['identity'],
  reason: null,
  data: {},
  ...more,
})

/** A ledger in memory, made of the parts that the hub's is made of. Hosts may lie with it. */
export class MemoryLedger {
  readonly #kept: Kept[] = []

  /** Appends an entry that concerns these agencies; numbers go on unless they are given. */
  append(entry: LeafEntry, agencies: readonly string[], numbers?: readonly number[]): void {
    const concerns = agencies.map((agency, i) => ({
      agency,
      n: numbers?.[i] ?? this.feed(agency).length + 1,
      subject: entry.subject,
    }))
    const secrets = { content: randomBytes(32), numbers: randomBytes(32) }
    this.#kept.push({ entry, concerns, secrets, leaf: makeLeaf(entry, concerns, secrets).leaf })
  }

  feed(agency: string): Kept[] {
    return this.#kept.filter(({ concerns }) => concerns.some((each) => each.agency === agency))
  }

  get size(): number {
    return this.#kept.length
  }

  /** Another ledger of these entries, all of it told again. */
  retold(isLeftOut: (entry: LeafEntry) => boolean, renumber: boolean): MemoryLedger {
    const other = new MemoryLedger()
    for (const { entry, concerns } of this.#kept) {
      if (isLeftOut(entry)) continue
      const agencies = concerns.map(({ agency }) => agency)
      other.append(entry, agencies, renumber ? undefined : concerns.map(({ n }) => n))
    }
    return other
  }

  readonly #source = async (nodes: readonly Node[]): Promise<Uint8Array[]> =>
    nodes.map(({ level, index }) => this.#root(index * 2 ** level, (index + 1) * 2 ** level))

  #root(from: number, to: number): Uint8Array {
    const range = new CompactRange()
    for (const { leaf } of this.#kept.slice(from, to)) range.append(leafHash(leaf))
    return range.root()
  }

  checkpoint({ log, witnesses }: Signers, size = this.size): string {
    const note = signCheckpoint({ size, root: this.#root(0, size) }, log)
    const { text } = parseNote(note)
    return note + witnesses.map((witness) => cosign(text, witness, COSIGNED_AT)).join('')
  }

  head({ log }: Signers, agency: string, n = this.feed(agency).length): string {
    const range = new CompactRange()
    for (const { leaf } of this.feed(agency).slice(0, n)) range.append(leafHash(leaf))
    return signFeedHead(log, agency, n, range.root())
  }

  /** The whole of an agency's feed as far as the ledger of `size` entries has it. */
  async bundle(
    signers: Signers,
    agency: string,
    size = this.size,
    since?: number,
  ): Promise<Bundle> {
    const own = this.feed(agency).filter((kept) => this.#kept.indexOf(kept) < size)
    const entries = own.map(async ({ entry, concerns, leaf, secrets }) => {
      const position = this.#kept.findIndex((kept) => kept.leaf === leaf)
      const concern = concerns.find((each) => each.agency === agency) as Concern
      const disclosures = [
        ...discloseEntry(entry, concern, secrets.content),
        discloseNumber(concern, secrets.numbers),
      ]
      const proof = await proveInclusion(position, size, this.#source)
      return { position, leaf, disclosures, proof: proof.map(toBase64) }
    })
    const growth = since === undefined ? [] : await proveConsistency(since, size, this.#source)
    return {
      format: BUNDLE_FORMAT,
      agency,
      numbers: { from: 1, to: own.length },
      checkpoint: this.checkpoint(signers, size),
      head: this.head(signers, agency, own.length),
      earlier: since === undefined ? [] : [{ size: since, proof: growth.map(toBase64) }],
      entries: await Promise.all(entries),
    }
  }
}
