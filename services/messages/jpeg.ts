import { broken, checkSize, type CleanImage } from './picture.ts'

/** Segments that an image is made of (ITU-T T.81 table B.1): tables, restart interval. */
const TABLES: readonly number[] = [0xdb, 0xc4, 0xdd]
/** Baseline, extended and progressive, Huffman coded. */
const FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2]
const SCAN = 0xda
const END = 0xd9
const MAX_SCANS = 64

/** APP14 tells how colours are meant; nothing else of it is known to anybody. */
const isAdobe = (marker: number, segment: Buffer): boolean =>
  marker === 0xee && segment.length === 16 && segment.toString('latin1', 4, 9) === 'Adobe'

/** Bytes that tables take, one behind the other; `lengthAt` says how long the one that begins there is. */
const areTables = (body: Buffer, lengthAt: (at: number) => number): boolean => {
  let at = 0
  while (at < body.length) at += lengthAt(at)
  return at === body.length
}

const quantised = (body: Buffer): boolean =>
  areTables(body, (at) => ((body[at] ?? 0) >> 4 === 0 ? 65 : 129))

const huffman = (body: Buffer): boolean =>
  areTables(body, (at) => 17 + body.subarray(at + 1, at + 17).reduce((sum, n) => sum + n, 0))

/** Whether a segment is exactly as long as what it holds (T.81 B.2): nothing else travels in it. */
const isExact = (marker: number, segment: Buffer): boolean => {
  const body = segment.subarray(4)
  if (marker === 0xdd) return body.length === 2
  if (marker === 0xdb) return quantised(body)
  if (marker === 0xc4) return huffman(body)
  if (marker === SCAN) return body.length === 4 + 2 * (body[0] ?? 0)
  return body.length === 6 + 3 * (body[5] ?? 0)
}

/** Where the coded data of a scan end: at the first marker that is neither stuffing nor a restart. */
const endOfScan = (data: Buffer, from: number): number => {
  for (let at = data.indexOf(0xff, from); at !== -1; at = data.indexOf(0xff, at + 1)) {
    const next = data[at + 1]
    if (next === undefined) break
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  throw broken('a scan without end')
}

/** Keeps tables, frame and scans; drops every other segment and what is behind the end. */
export const cleanJpeg = (data: Buffer): CleanImage => {
  const kept: Buffer[] = [data.subarray(0, 2)]
  let at = 2
  let size: { width: number; height: number } | null = null
  let scans = 0
  for (;;) {
    if (data[at] !== 0xff) throw broken('no marker where one is due')
    while (data[at + 1] === 0xff) at += 1
    const marker = data[at + 1]
    if (marker === undefined) throw broken('cut short')
    if (marker === END) break
    if (at + 4 > data.length) throw broken('cut short')
    const end = at + 2 + data.readUInt16BE(at + 2)
    const segment = data.subarray(at, end)
    if (segment.length < 4 || end > data.length) throw broken('a segment is cut short')
    if (FRAMES.includes(marker)) {
      if (size !== null || segment.length < 10) throw broken('not one frame')
      size = { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) }
      checkSize(size.width, size.height)
    }
    const isScan = marker === SCAN
    if (isScan && (size === null || (scans += 1) > MAX_SCANS)) throw broken('scans')
    const until = isScan ? endOfScan(data, end) : end
    const isPicture = isScan || FRAMES.includes(marker) || TABLES.includes(marker)
    if (isPicture && !isExact(marker, segment)) throw broken('a segment of another length')
    if (isPicture || isAdobe(marker, segment)) {
      kept.push(data.subarray(at, until))
    } else if (!((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe)) {
      throw broken('a segment that is not known')
    }
    at = until
  }
  if (size === null || scans === 0) throw broken('no picture')
  kept.push(Buffer.from([0xff, END]))
  return { mediaType: 'image/jpeg', data: Buffer.concat(kept), ...size }
}
