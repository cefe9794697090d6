/** Most pixels: what a larger one unpacks to could fill a reader's memory. */
export const IMAGE_MAX_PIXELS = 24_000_000

export interface CleanImage {
  readonly mediaType: 'image/jpeg' | 'image/png'
  readonly data: Buffer
  readonly width: number
  readonly height: number
}

/** Not an image that this hub takes; `code` is a problem of the messages service. */
export class ImageError extends Error {
  readonly code: 'image_not_taken' | 'image_too_many_pixels'
  constructor(code: ImageError['code'], why: string) {
    super(why)
    this.code = code
  }
}

export const broken = (why: string): ImageError => new ImageError('image_not_taken', why)

/** @throws ImageError unless there is something to see, and not too much of it */
export const checkSize = (width: number, height: number): void => {
  if (width === 0 || height === 0) throw broken('no pixels')
  if (width * height > IMAGE_MAX_PIXELS) throw new ImageError('image_too_many_pixels', 'pixels')
}
