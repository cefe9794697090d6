// Goal: of an upload nothing stays but the picture. Method: what people hide in files, and what breaks
// readers; each is refused, or what is stored holds none of it.
import t from 'tap'
import { crc32, deflateSync, gzipSync } from 'node:zlib'
import { cleanImage } from '../../services/messages/image.ts'
import { ImageError } from '../../services/messages/picture.ts'
import { EICAR, GPS, jpegOf, segment, withGps } from '../helpers/jpeg.ts'

const chunk = (type: string, body: Buffer): Buffer => {
  const out = Buffer.alloc(12 + body.length)
  out.writeUInt32BE(body.length, 0)
  out.write(type, 4, 'latin1')
  body.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length)
  return out
}
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const headerOf = (width: number, height: number, interlace = 0): Buffer => {
  const body = Buffer.alloc(13)
  body.writeUInt32BE(width, 0)
  body.writeUInt32BE(height, 4)
  body.set([8, 2, 0, 0, interlace], 8)
  return chunk('IHDR', body)
}
const rows = (width: number, height: number): Buffer => Buffer.alloc(height * (1 + width * 3), 7)
const pngOf = (...more: Buffer[]): Buffer =>
  Buffer.concat([
    SIGNATURE,
    headerOf(2, 2),
    ...more,
    chunk('IDAT', deflateSync(rows(2, 2).fill(0))),
    chunk('IEND', Buffer.alloc(0)),
  ])

const refusal = async (data: Buffer): Promise<string> => {
  try {
    await cleanImage(data)
    return 'taken'
  } catch (error) {
    if (error instanceof ImageError) return error.code
    throw error
  }
}

t.test('a JPEG keeps its picture and loses place, names and what is behind it', async (t) => {
  const zip = Buffer.concat([
    Buffer.from('PK\x03\x04', 'latin1'),
    Buffer.from('<script>alert(1)</script>'),
  ])
  const { data, width, height, mediaType } = await cleanImage(Buffer.concat([withGps, zip]))
  t.same([mediaType, width, height], ['image/jpeg', 8, 8])
  for (const hidden of ['GPS', 'Exif', 'Melur', 'EICAR', 'PK', 'script', 'JFIF']) {
    t.notOk(data.toString('latin1').includes(hidden), hidden)
  }
  t.ok(data.subarray(-2).equals(Buffer.from([0xff, 0xd9])))
  t.same((await cleanImage(data)).data, data, 'cleaned once is clean')
})

t.test('a PNG the same', async (t) => {
  const text = chunk('tEXt', Buffer.from(`Comment\0${EICAR}`, 'latin1'))
  const exif = chunk('eXIf', Buffer.from(GPS))
  const { data } = await cleanImage(
    Buffer.concat([pngOf(text, exif), Buffer.from('%PDF-1.7 trailer')]),
  )
  for (const hidden of ['EICAR', 'GPS', 'tEXt', 'eXIf', 'PDF']) {
    t.notOk(data.toString('latin1').includes(hidden), hidden)
  }
  const behind = Buffer.concat([deflateSync(rows(2, 2).fill(0)), Buffer.from('PK\x05\x06hidden')])
  const inside = Buffer.concat([
    SIGNATURE,
    headerOf(2, 2),
    chunk('IDAT', behind),
    chunk('IEND', Buffer.alloc(0)),
  ])
  const taken = await cleanImage(inside).then(({ data: clean }) => clean.toString('latin1'))
  t.notOk(taken.includes('hidden'), 'nor behind the pixels')
})

t.test('what is no image, or too much of one', async (t) => {
  const flood = (width: number, height: number): Buffer =>
    Buffer.concat([
      SIGNATURE,
      headerOf(width, height),
      chunk('IDAT', deflateSync(Buffer.alloc(10))),
    ])
  const bomb = Buffer.concat([
    SIGNATURE,
    headerOf(2, 2),
    chunk('IDAT', deflateSync(Buffer.alloc(50_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ])
  const big = Buffer.from(jpegOf())
  const frame = big.indexOf(Buffer.from([0xff, 0xc0]))
  big.writeUInt16BE(65_000, frame + 5)
  big.writeUInt16BE(65_000, frame + 7)
  const bad = Buffer.from(pngOf())
  bad[20] = 9
  for (const [what, data, code] of [
    ['a PNG with a long palette', pngOf(chunk('PLTE', Buffer.alloc(771))), 'image_not_taken'],
    ['with an odd one', pngOf(chunk('PLTE', Buffer.from(EICAR))), 'image_not_taken'],
    [
      'with two',
      pngOf(chunk('PLTE', Buffer.alloc(3)), chunk('PLTE', Buffer.alloc(3))),
      'image_not_taken',
    ],
    ['with words for what is clear', pngOf(chunk('tRNS', Buffer.from(EICAR))), 'image_not_taken'],
    [
      'a JPEG with words in a segment',
      jpegOf(segment(0xdd, Buffer.from(EICAR))),
      'image_not_taken',
    ],
    ['behind a table', jpegOf(segment(0xdb, Buffer.alloc(80))), 'image_not_taken'],
    ['behind a code', jpegOf(segment(0xc4, Buffer.alloc(20))), 'image_not_taken'],
    ['EICAR', Buffer.from(EICAR), 'image_not_taken'],
    ['a zip bomb', gzipSync(Buffer.alloc(20_000_000)), 'image_not_taken'],
    ['a zip', Buffer.from('PK\x03\x04 and so on', 'latin1'), 'image_not_taken'],
    ['HTML before a picture', Buffer.concat([Buffer.from('<html>'), jpegOf()]), 'image_not_taken'],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image_not_taken'],
    ['GIF', Buffer.from('GIF89a/*'), 'image_not_taken'],
    ['PDF', Buffer.from('%PDF-1.7'), 'image_not_taken'],
    ['nothing', Buffer.alloc(0), 'image_not_taken'],
    ['the magic alone', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'image_not_taken'],
    ['a JPEG cut short', jpegOf().subarray(0, 60), 'image_not_taken'],
    [
      'a JPEG of two pictures',
      jpegOf(segment(0xc0, Buffer.from([8, 0, 8, 0, 8, 1, 1, 17, 0]))),
      'image_not_taken',
    ],
    ['a PNG that unpacks to more', bomb, 'image_not_taken'],
    [
      'a PNG that unpacks to less',
      Buffer.concat([SIGNATURE, headerOf(9, 9), pngOf().subarray(33)]),
      'image_not_taken',
    ],
    ['a PNG with a wrong sum', bad, 'image_not_taken'],
    ['a flood of pixels', flood(60_000, 60_000), 'image_too_many_pixels'],
    ['another', big, 'image_too_many_pixels'],
  ] as const) {
    t.equal(await refusal(data), code, what)
  }
})

t.test('no byte changed at random makes it fail otherwise', async (t) => {
  for (const whole of [withGps, pngOf(), jpegOf()]) {
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 0xff, 0x80]) {
        const odd = Buffer.from(whole)
        odd[at] = value
        await refusal(odd)
        await refusal(whole.subarray(0, at))
      }
    }
  }
  t.pass('each was cleaned or refused')
})
