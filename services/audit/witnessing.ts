import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { HUB } from '../../src/actor.ts'
import { createOutbound, OutboundError, type Outbound } from '../../src/outbound.ts'
import { NoteError, openNote, parseNote } from '../../src/proof/note.ts'
import { isQuorum, parsePolicy, type Policy, type Witness } from '../../src/proof/policy.ts'
import type { Context, Job } from '../../src/service.ts'
import { leadUntil } from './leader.ts'
import { proveConsistency } from './merkle.ts'
import { nodesOf, readHead } from './tree.ts'
import { readWitnesses } from './witnesses.ts'

/** Advisory lock of the one process that asks the witnesses. */
const WITNESSING_LOCK = 7_184_263
/** How often a head that has grown is shown to the witnesses. */
const ROUND_MS = 5_000

/** The hub's own policy: its witnesses with their addresses. Null when nobody witnesses. */
export const readPolicy = async ({ config }: Pick<Context, 'config'>): Promise<Policy | null> =>
  config.witnesses === null ? null : await parsePolicy(await readFile(config.witnesses, 'utf8'))

interface Asking {
  readonly outbound: Outbound
  readonly head: { readonly size: number; readonly note: string }
  readonly prove: (old: number) => Promise<readonly Uint8Array[]>
}

/** A cosignature line, or why there is none. */
type Answered = { readonly line: string } | { readonly failure: string }

const requestOf = async (old: number, { head, prove }: Asking): Promise<string> => {
  const proof = old === 0 || old === head.size ? [] : await prove(old)
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`)
  return `old ${old}\n${lines.join('')}\n${head.note}`
}

const isCosigned = async (note: string, { verifier }: Witness): Promise<boolean> => {
  try {
    return (await openNote(note, [verifier])).verified.length > 0
  } catch (error) {
    if (error instanceof NoteError) return false
    throw error
  }
}

/** Shows the head to one witness; it may say once which head it has seen last. */
const ask = async (witness: Witness, known: number, asking: Asking): Promise<Answered> => {
  const { outbound, head } = asking
  const url = `${witness.url ?? ''}/add-checkpoint`.replace(/(?<!:)\/\//, '/')
  if (!URL.canParse(url)) return { failure: 'no_address' }
  let old = known
  for (let tries = 0; tries < 2; tries++) {
    if (old > head.size) return { failure: 'rolled_back' }
    const body = await requestOf(old, asking)
    const hosts = [new URL(url).hostname]
    const headers = { 'content-type': 'text/plain' }
    const answer = await outbound.call({ method: 'POST', url, hosts, headers, body })
    if (answer.status === 200) {
      return (await isCosigned(head.note + answer.body, witness))
        ? { line: answer.body }
        : { failure: 'bad_cosignature' }
    }
    const size = /^(0|[1-9][0-9]{0,15})\n$/.exec(answer.body)?.[1]
    if (answer.status === 422) return { failure: 'refused_as_fork' }
    if (answer.status !== 409 || size === undefined) return { failure: `answered_${answer.status}` }
    // The size that was sent, refused: it holds another head of that size.
    if (Number(size) === old) return { failure: 'refused_as_fork' }
    old = Number(size)
  }
  return { failure: 'answered_409' }
}

/** No transaction is open while a witness is waited for. */
const round = async (ctx: Context, policy: Policy, outbound: Outbound): Promise<void> => {
  const { head, told } = await ctx.db.withActor(HUB, async (tx) => ({
    head: await readHead(tx),
    told: await readWitnesses(tx),
  }))
  if (head === null) return
  const known = new Map(told.map((each) => [each.name, each]))
  const due = policy.witnesses.filter(({ name }) => known.get(name)?.size !== head.size)
  if (due.length === 0) return
  const prove = (old: number) =>
    ctx.db.withActor(HUB, (tx) => proveConsistency(old, head.size, nodesOf(tx, head.size)))
  const asking = { outbound, head, prove }
  const answers = await Promise.all(
    policy.witnesses.map((witness) =>
      ask(witness, known.get(witness.name)?.size ?? 0, asking).catch((error: unknown): Answered => {
        if (error instanceof OutboundError) return { failure: error.code }
        throw error
      }),
    ),
  )
  const lines = answers.flatMap((answer) => ('line' in answer ? [answer.line] : []))
  const cosigners = policy.witnesses.filter((_, i) => 'line' in (answers[i] ?? {}))
  const note = lines.length === 0 ? null : head.note + lines.join('')
  if (note !== null) parseNote(note)
  const witnesses = policy.witnesses.map(({ name }, i) => {
    const answer = answers[i] as Answered
    return 'line' in answer
      ? { name, size: head.size, failure: null }
      : { name, size: null, failure: answer.failure }
  })
  const quorum = isQuorum(policy, new Set(cosigners.map(({ name }) => name)))
  await ctx.db.call('audit.keep_witnessed', [
    { size: head.size, note, is_quorum: quorum, witnesses },
  ])
}

const work = async (ctx: Context, policy: Policy, signal: AbortSignal): Promise<void> => {
  const outbound = createOutbound({ allowLoopback: ctx.config.outboundLoopback })
  while (!signal.aborted) {
    try {
      await round(ctx, policy, outbound)
    } catch (error) {
      ctx.log.warn({ err: error }, 'witnesses were not asked, again later')
    }
    await wait(ROUND_MS, undefined, { signal }).catch(() => {})
  }
}

/** Shows the newest head to every witness, so that the hub cannot tell two histories. */
export const witnessing: Job = {
  name: 'witnessing',
  start: async (ctx) => {
    const policy = await readPolicy(ctx)
    const halt = new AbortController()
    const working =
      policy === null || policy.witnesses.length === 0
        ? Promise.resolve()
        : leadUntil(halt.signal, WITNESSING_LOCK, ctx, (signal) => work(ctx, policy, signal))
    return {
      stop: async () => {
        halt.abort()
        await working
      },
    }
  },
}
