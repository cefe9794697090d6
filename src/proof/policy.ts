/** Whom to believe: a policy file of C2SP tlog-policy. */
import { NoteError, ED25519, COSIGNATURE, parseVerifierKey, type NoteVerifier } from './note.ts'
import { latin1 } from './bytes.ts'

export interface Witness {
  readonly name: string
  readonly verifier: NoteVerifier
  /** Where it takes checkpoints (C2SP tlog-witness submission prefix); null when not said. */
  readonly url: string | null
}

interface Group {
  readonly least: number
  readonly members: readonly string[]
}

export interface Policy {
  readonly logs: readonly NoteVerifier[]
  readonly witnesses: readonly Witness[]
  readonly groups: ReadonlyMap<string, Group>
  /** Name of a witness or group; `none`: the log's own signature is enough. */
  readonly quorum: string
}

/** A policy that cannot be followed. `line` counts from 1; 0 for the whole. */
export class PolicyError extends Error {
  readonly line: number
  constructor(line: number, why: string) {
    super(line === 0 ? `policy: ${why}` : `policy, line ${line}: ${why}`)
    this.line = line
  }
}

const LIMIT = 1_000

interface Draft {
  logs: NoteVerifier[]
  witnesses: Witness[]
  groups: Map<string, Group>
  quorum: string | null
  readonly keys: Set<string>
  readonly members: Set<string>
}

const isKnown = (draft: Draft, name: string): boolean =>
  draft.groups.has(name) || draft.witnesses.some((witness) => witness.name === name)

const keyOf = async (draft: Draft, line: number, vkey: string, type: number) => {
  const verifier = await parseVerifierKey(vkey).catch((error: unknown) => {
    if (error instanceof NoteError) throw new PolicyError(line, 'this is not a verifier key')
    throw error
  })
  if (verifier.type !== type) throw new PolicyError(line, 'this key is of another kind')
  const key = latin1(verifier.key)
  if (draft.keys.has(key)) throw new PolicyError(line, 'this key was named before')
  draft.keys.add(key)
  return verifier
}

const addGroup = (draft: Draft, line: number, words: readonly string[]): void => {
  const [name = '', count = '', ...members] = words
  if (isKnown(draft, name) || name === 'none') throw new PolicyError(line, 'this name is taken')
  const fixed: Record<string, number> = { any: 1, all: members.length }
  const least = /^[1-9][0-9]*$/.test(count) ? Number(count) : (fixed[count] ?? 0)
  if (members.length === 0 || least < 1 || least > members.length) {
    throw new PolicyError(line, 'a group is: group NAME all|any|NUMBER MEMBER…')
  }
  for (const member of members) {
    if (!isKnown(draft, member)) throw new PolicyError(line, `nobody before is named ${member}`)
    if (draft.members.has(member)) throw new PolicyError(line, `${member} is in a group already`)
    draft.members.add(member)
  }
  draft.groups.set(name, { least, members })
}

const addLine = async (draft: Draft, line: number, words: readonly string[]): Promise<void> => {
  const [kind, name = '', ...rest] = words
  if (kind === 'log' && name !== '' && rest.length <= 1) {
    draft.logs.push(await keyOf(draft, line, name, ED25519))
    return
  }
  if (kind === 'witness' && rest.length >= 1 && rest.length <= 2) {
    if (isKnown(draft, name) || name === 'none') throw new PolicyError(line, 'this name is taken')
    const verifier = await keyOf(draft, line, rest[0] ?? '', COSIGNATURE)
    draft.witnesses.push({ name, verifier, url: rest[1] ?? null })
    return
  }
  if (kind === 'group') {
    addGroup(draft, line, words.slice(1))
    return
  }
  if (kind === 'quorum' && name !== '' && rest.length === 0) {
    if (draft.quorum !== null) throw new PolicyError(line, 'there is one quorum line')
    if (name !== 'none' && !isKnown(draft, name)) {
      throw new PolicyError(line, `nobody before is named ${name}`)
    }
    draft.quorum = name
    return
  }
  throw new PolicyError(line, 'a line begins with log, witness, group or quorum')
}

/** Reads a policy file. Rejects with PolicyError, which names the line and the cure. */
export async function parsePolicy(text: string): Promise<Policy> {
  const draft: Draft = {
    logs: [],
    witnesses: [],
    groups: new Map(),
    quorum: null,
    keys: new Set(),
    members: new Set(),
  }
  const lines = text.split('\n')
  if (lines.length > LIMIT) throw new PolicyError(0, `at most ${LIMIT} lines`)
  for (const [i, line] of lines.entries()) {
    if (/(?!\t)[\0-\x1f\x7f]/.test(line)) throw new PolicyError(i + 1, 'a control character')
    const words = line.split(/[ \t]+/).filter((word) => word !== '')
    if (words.length > 0 && !words[0]?.startsWith('#')) await addLine(draft, i + 1, words)
  }
  if (draft.quorum === null) throw new PolicyError(0, 'the quorum line is missing')
  return { ...draft, quorum: draft.quorum }
}

/** Whether cosignatures by these witnesses are enough. */
export function isQuorum(policy: Policy, cosigners: ReadonlySet<string>): boolean {
  const holds = (name: string): boolean => {
    const group = policy.groups.get(name)
    if (group === undefined) return cosigners.has(name)
    return group.members.filter(holds).length >= group.least
  }
  return policy.quorum === 'none' || holds(policy.quorum)
}
