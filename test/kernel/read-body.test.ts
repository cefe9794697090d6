// Goal: a body is read as far as its limits allow, and how it ended is told. Method: streams that end in
// each way.
import { PassThrough } from 'node:stream'
import t from 'tap'
import { readBody } from '../../src/read-body.ts'

const limits = { most: 4, withinMs: 60_000 }

t.test('bodies end in four ways', async (t) => {
  const whole = new PassThrough()
  whole.end('abcd')
  t.same(await readBody(whole, limits), { data: Buffer.from('abcd'), end: 'whole' })

  const large = new PassThrough()
  large.write('abc')
  large.write('def')
  t.same(await readBody(large, limits), { data: Buffer.from('abcd'), end: 'large' })
  t.equal(large.write('more'), true, 'what follows is read away')

  const late = new PassThrough()
  late.write('ab')
  t.same(await readBody(late, { most: 4, withinMs: 1 }), { data: Buffer.from('ab'), end: 'late' })

  const left = new PassThrough()
  const reading = readBody(left, limits)
  left.destroy(new Error('gone'))
  t.same(await reading, { data: Buffer.alloc(0), end: 'left' })
})
