/** What spreadsheets compute, in any script. */
const MARKS = String.raw`[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]`
/** The same, and what the quote before it looks like. */
const COMPUTED = new RegExp(`^'*${MARKS}`)
const QUOTED = new RegExp(`^'(?='*${MARKS})`)

/** Text that a spreadsheet would compute gets a quote in front, which `asWritten` takes off again. */
export const inert = (text: string): string => (COMPUTED.test(text) ? `'${text}` : text)

export const asWritten = (text: string): string => text.replace(QUOTED, '')
