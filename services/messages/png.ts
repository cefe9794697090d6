import { promisify } from 'node:util'
import { crc32, deflate, inflate } from 'node:zlib'
import { broken, checkSize, ImageError, type CleanImage } from './picture.ts'

const inflated = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)
const deflated = promisify<Buffer, { level: number }, Buffer>(deflate)

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
/** Bits of a sample that a colour type allows, and its samples a pixel (PNG 11.2.2). */
const COLOURS: ReadonlyMap<
  number,
  { readonly depths: readonly number[]; readonly samples: number }
> = new Map([
  [0, { depths: [1, 2, 4, 8, 16], samples: 1 }],
  [2, { depths: [8, 16], samples: 3 }],
  [3, { depths: [1, 2, 4, 8], samples: 1 }],
  [4, { depths: [8, 16], samples: 2 }],
  [6, { depths: [8, 16], samples: 4 }],
])
/** Adam7: where each pass begins, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const
/** What a picture may unpack to; as much again goes to packing it anew. */
const MAX_RAW_BYTES = 64 * 1024 * 1024

interface Chunk {
  readonly type: string
  readonly body: Buffer
}

function* chunksOf(data: Buffer): Generator<Chunk, undefined> {
  for (let at = SIGNATURE.length; ;) {
    if (at + 12 > data.length) throw broken('cut short')
    const length = data.readUInt32BE(at)
    const end = at + 12 + length
    if (end > data.length) throw broken('a chunk is cut short')
    const type = data.toString('latin1', at + 4, at + 8)
    if (crc32(data.subarray(at + 4, end - 4)) !== data.readUInt32BE(end - 4)) throw broken(type)
    yield { type, body: data.subarray(at + 8, end - 4) }
    if (type === 'IEND') return
    at = end
  }
}

const chunk = (type: string, body: Buffer): Buffer => {
  const out = Buffer.alloc(12 + body.length)
  out.writeUInt32BE(body.length, 0)
  out.write(type, 4, 'latin1')
  body.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length)
  return out
}

interface Header {
  readonly width: number
  readonly height: number
  /** Bytes that the picture unpacks to, filters included. */
  readonly rawBytes: number
}

const headerOf = ({ type, body }: Chunk): Header => {
  if (type !== 'IHDR' || body.length !== 13) throw broken('no header')
  const [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)]
  checkSize(width, height)
  const [depth = 0, colour = -1, method, filter, interlace] = body.subarray(8)
  const rules = COLOURS.get(colour)
  if (rules?.depths.includes(depth) !== true) throw broken('colours')
  if (method !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) throw broken('methods')
  const area = (columns: number, rows: number): number =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * depth * rules.samples) / 8))
  const rawBytes =
    interlace === 0
      ? area(width, height)
      : PASSES.reduce(
          (sum, [x, y, dx, dy]) =>
            sum +
            area(
              Math.max(0, Math.ceil((width - x) / dx)),
              Math.max(0, Math.ceil((height - y) / dy)),
            ),
          0,
        )
  if (rawBytes > MAX_RAW_BYTES) throw new ImageError('image_too_many_pixels', 'too much to unpack')
  return { width, height, rawBytes }
}

const MAX_PALETTE_BYTES = 256 * 3

/** The palette and what is transparent, each once and as long as the colours need (PNG 11.2.2, 11.3.1). */
const coloursOf = (header: Buffer, rest: readonly Chunk[]): readonly Chunk[] => {
  const colour = header[9] ?? -1
  const palettes = rest.filter(({ type }) => type === 'PLTE')
  const clear = rest.filter(({ type }) => type === 'tRNS')
  if (palettes.length > 1 || clear.length > 1) throw broken('colours twice')
  const palette = palettes[0]?.body.length ?? 0
  if (palette % 3 !== 0 || palette > MAX_PALETTE_BYTES) throw broken('palette')
  if (palette > 0 && (colour === 0 || colour === 4)) throw broken('palette')
  if (palette === 0 && colour === 3) throw broken('no palette')
  const due = { 0: [2], 2: [6], 3: Array.from({ length: palette / 3 }, (_, i) => i + 1) }[colour]
  if (clear[0] !== undefined && due?.includes(clear[0].body.length) !== true) {
    throw broken('transparency')
  }
  return [...palettes, ...clear]
}

/** Keeps header, palette, transparency and pixels; packs the pixels anew. */
export const cleanPng = async (data: Buffer): Promise<CleanImage> => {
  const chunks = chunksOf(data)
  const { value: first } = chunks.next()
  if (first === undefined) throw broken('empty')
  const { width, height, rawBytes } = headerOf(first)
  const rest = [...chunks]
  const packed = rest.filter(({ type }) => type === 'IDAT').map(({ body }) => body)
  // One byte more than is due would show that it holds more than the picture.
  const raw = await inflated(Buffer.concat(packed), { maxOutputLength: rawBytes + 1 }).catch(() => {
    throw broken('pixels')
  })
  if (raw.length !== rawBytes) throw broken('not as many pixels as it says')
  const kept = coloursOf(first.body, rest)
  const parts = [
    SIGNATURE,
    chunk('IHDR', first.body),
    ...kept.map(({ type, body }) => chunk(type, body)),
    chunk('IDAT', await deflated(raw, { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ]
  return { mediaType: 'image/png', data: Buffer.concat(parts), width, height }
}
