// Goal: a status list says of each permit what is so, and to a stranger nothing about how many there
// are. Method: lists that others encoded; our own order of places, and its decoys, by their numbers.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  encodeStatuses,
  LIST_PERMITS,
  LIST_SIZE,
  listOrderOf,
  placeOfPermit,
  STATUS,
  statusAt,
  statusesOf,
  type StatusBits,
} from '../../src/handoff/status-list.ts'

interface Vector {
  readonly bits: StatusBits
  readonly lst: string
  readonly size?: number
  readonly statuses?: Readonly<Record<string, number>>
  readonly bytes?: string
}
const path = join(import.meta.dirname, '../vectors/status-list/statuses.json')
const vectors = JSON.parse(readFileSync(path, 'utf8')) as readonly Vector[]

t.test('lists that others encoded read as they say, and ours as theirs', async (t) => {
  for (const { bits, lst, size, statuses, bytes } of vectors) {
    const packed = Buffer.from(bytes ?? '', 'hex')
    const perByte = 8 / bits
    const all = new Uint8Array(size ?? packed.length * perByte)
    for (const [index, status] of Object.entries(statuses ?? {})) all[Number(index)] = status
    for (const [index] of packed.entries()) {
      for (let part = 0; part < perByte; part += 1) {
        all[index * perByte + part] = ((packed[index] ?? 0) >> (part * bits)) & (2 ** bits - 1)
      }
    }
    t.ok(all.some((status) => status > 0))
    const own = encodeStatuses(all, bits)
    const asked = size === undefined ? all.keys() : [0, 1, size - 1, ...Object.keys(statuses ?? {})]
    for (const key of asked) {
      const index = Number(key)
      t.equal(statusAt(lst, bits, index), all[index], `theirs at ${index}`)
      t.equal(statusAt(own, bits, index), all[index], `ours at ${index}`)
    }
    t.equal(statusAt(lst, bits, all.length), null, 'no such entry')
  }
  t.equal(statusAt('AAAA', 2, 0), null, 'not a list')
  t.equal(statusAt(vectors[0]?.lst ?? '', 2, -1), null)
  t.throws(() => encodeStatuses(Uint8Array.of(4), 2))
})

t.test('places are in an order that only the secret gives', async (t) => {
  const secret = randomBytes(32)
  const order = listOrderOf(secret, 0)
  t.equal(new Set(order.indexes).size, LIST_SIZE, 'each index once')
  t.same(listOrderOf(secret, 0).indexes.slice(0, 50), order.indexes.slice(0, 50))
  for (const other of [listOrderOf(secret, 1), listOrderOf(randomBytes(32), 0)]) {
    const same = order.indexes.filter((index, place) => other.indexes[place] === index)
    t.ok(same.length < 20, `${same.length} places in common`)
  }
  const rising = order.indexes.filter((index, place) => index > (order.indexes[place - 1] ?? 0))
  t.ok(Math.abs(rising.length / LIST_SIZE - 0.5) < 0.01, 'no run that tells what came after what')
  t.same(placeOfPermit(LIST_PERMITS - 1), { list: 0, place: LIST_PERMITS - 1 })
  t.same(placeOfPermit(LIST_PERMITS), { list: 1, place: 0 })
})

t.test('decoys hide how many ended, and never come back', async (t) => {
  const order = listOrderOf(randomBytes(32), 7)
  const ended = [
    { place: 5, status: STATUS.invalid },
    { place: 6, status: STATUS.suspended },
  ]
  const few = statusesOf(order, ended, 10)
  const many = statusesOf(order, ended, LIST_PERMITS)
  const count = (all: Uint8Array) => all.filter((status) => status !== 0).length
  t.ok(count(few) > 300 && count(few) < 1200, `${count(few)} where 2 ended`)
  t.ok(count(many) > 20_000, `${count(many)} in a full list`)
  for (const [index, status] of few.entries()) {
    if (status !== 0 && many[index] !== status) t.fail(`${index} went from ${status} back`)
  }
  t.same([few[order.indexes[5] ?? 0], few[order.indexes[6] ?? 0]], [1, 2])
  const permits = order.indexes.slice(0, LIST_PERMITS)
  const wrong = [...permits].filter(
    (index, place) => few[index] !== 0 && place !== 5 && place !== 6,
  )
  t.same(wrong, [], 'no permit is touched by a decoy')
  t.ok(encodeStatuses(few, 2).length < 6_000, 'small while little has ended')
  t.ok(encodeStatuses(many, 2).length < 44_000)
})
