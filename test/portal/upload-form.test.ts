// Goal: a form with a file that did not come whole is never taken for one that did. Method: bodies that
// end in each way.
import { PassThrough } from 'node:stream'
import t from 'tap'
import { readUploadForm } from '../../services/portal/upload-form.ts'
import { formOf } from '../../services/portal/visit.ts'
import { Problem } from '../../src/problem.ts'

const TYPE = 'multipart/form-data; boundary=x'
const part = (name: string, text: string): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}`
const image = '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'

t.test('forms', async (t) => {
  const whole = new PassThrough()
  whole.end(`${part('text', 'Satu\r\ndua')}\r\n${image}abc\r\n--x--\r\n`)
  const { fields, cut } = await readUploadForm(whole, TYPE)
  const form = formOf(fields, cut)
  t.same([form.text('text'), form.file('image')?.toString(), form.cut], ['Satu\ndua', 'abc', null])

  const left = new PassThrough()
  const leaving = readUploadForm(left, TYPE)
  left.write(part('text', 'Jangan antar ke al'))
  left.destroy()
  await t.rejects(leaving, new Problem('unavailable'))

  const gone = new PassThrough()
  gone.destroy()
  await t.rejects(readUploadForm(gone, TYPE), new Problem('unavailable'), 'while it waited')

  const large = new PassThrough()
  large.write(`${part('text', 'Satu')}\r\n${image}`)
  large.end(Buffer.alloc(9 * 1024 * 1024))
  const read = await readUploadForm(large, TYPE)
  t.equal(read.cut, 'large')
  t.equal(formOf(read.fields, read.cut).text('text'), 'Satu', 'what was written is not lost')

  const strange = new PassThrough()
  strange.end('no form')
  t.same(await readUploadForm(strange, TYPE), { fields: {}, cut: null })
})
