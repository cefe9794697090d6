import { cleanJpeg } from './jpeg.ts'
import { broken, type CleanImage } from './picture.ts'
import { cleanPng } from './png.ts'

/**
 * Writes an image anew from nothing but what is needed to see it: no place, no camera, no comment, no
 * preview, nothing before or behind it. What the bytes are decides, never what they are called.
 * @throws ImageError
 */
export const cleanImage = async (data: Buffer): Promise<CleanImage> => {
  if (data.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return cleanJpeg(data)
  if (data.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n') return await cleanPng(data)
  throw broken('neither JPEG nor PNG')
}
