// A load generator in a process of its own: `node --import tsx bench/load.ts`, told by one message
// what to send, answers with one message. Closed loop: each client waits for its answer.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'

export interface LoadOrder {
  readonly url: string
  readonly token: string
  readonly clients: number
  readonly seconds: number
  readonly cases: readonly string[]
  readonly services: readonly string[]
  readonly categories: readonly string[]
  /** Number of the first hand-off, so that none is sent twice. */
  readonly first: number
}

export interface LoadResult {
  readonly sent: number
  readonly failed: number
  readonly next: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

const post = (agent: Agent, order: LoadOrder, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${order.token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': randomUUID(),
    }
    const sent = request(
      `${order.url}/v1/referrals`,
      { method: 'POST', agent, headers },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })

const run = async (order: LoadOrder): Promise<LoadResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: order.clients })
  const latencies: number[] = []
  let next = order.first
  let failed = 0
  const began = performance.now()
  const end = began + order.seconds * 1000
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const n = next
      next += 1
      const body = JSON.stringify({
        case: order.cases[n % order.cases.length],
        service: order.services[Math.floor(n / order.cases.length) % order.services.length],
        urgency: 'urgent',
        categories: order.categories,
      })
      const start = performance.now()
      const status = await post(agent, order, body)
      latencies.push(performance.now() - start)
      if (status !== 201) failed += 1
    }
  }
  await Promise.all(Array.from({ length: order.clients }, client))
  const seconds = (performance.now() - began) / 1000
  agent.destroy()
  latencies.sort((a, b) => a - b)
  const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)]
  return { sent: latencies.length - failed, failed, next, seconds, p50Ms, p99Ms }
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
