/** No vowels, so no words; no 0, O, 1 or I. */
const LETTERS = '23456789BCDFGHJKLMNP'
const LENGTH = 6

/** What two agencies say on the telephone: from the random end of the id, the same for both. */
export const referenceOf = (id: string): string => {
  let rest = Number.parseInt(id.replaceAll('-', '').slice(-12), 16)
  let code = ''
  for (let place = 0; place < LENGTH; place += 1) {
    code = `${LETTERS[rest % LETTERS.length] ?? ''}${code}`
    rest = Math.floor(rest / LETTERS.length)
  }
  return `RJ-${code.slice(0, 3)}-${code.slice(3)}`
}
