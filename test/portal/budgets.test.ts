// Goal: what a cheap telephone must load stays small (U1), and what a tired person must read stays
// short and kind, in both languages (U19, U20). Method: the bundles and the messages themselves.
import t from 'tap'
import { loadBundles } from '../../services/portal/bundles.ts'
import english from '../../services/portal/languages/en.json' with { type: 'json' }
import indonesian from '../../services/portal/languages/id.json' with { type: 'json' }

const U1_BYTES = 30 * 1024
const CSS_BYTES = 8 * 1024
const U20_WORDS = 20
/** Never said of a person: failed, broke the law, illegal, ran away, victim; and their English. */
const UNKIND =
  /\b(gagal|melanggar|ilegal|kabur|korban|prostitusi|failed|illegal|victims?|runaway|prostitut\w*)\b/i

t.test('U1: the scripts of any page', async (t) => {
  const bundles = await loadBundles()
  const bytesOf = (...entries: readonly string[]): number => {
    const files = new Set(entries.flatMap((entry) => bundles.filesOf(entry)))
    return [...files].reduce((sum, file) => sum + (bundles.assets.get(file)?.gzip.length ?? 0), 0)
  }
  for (const entries of [['outside'], ['shell'], ['shell', 'inbox']]) {
    const bytes = bytesOf(...entries)
    t.ok(bytes > 0 && bytes <= U1_BYTES, `${entries.join(' + ')}: ${bytes} of ${U1_BYTES} bytes`)
  }
  const sheet = [...bundles.assets].find(([name]) => name.endsWith('.css'))?.[1].gzip.length ?? 0
  t.ok(sheet > 0 && sheet <= CSS_BYTES, `style sheet: ${sheet} of ${CSS_BYTES} bytes`)
})

t.test('U19, U20: every text is there, short and kind', (t) => {
  const languages = { id: indonesian, en: english } as const
  t.same(Object.keys(english).sort(), Object.keys(indonesian).sort())
  for (const [language, messages] of Object.entries(languages)) {
    for (const [key, text] of Object.entries(messages)) {
      t.not(text.trim(), '', `${language} ${key}`)
      const longest = Math.max(
        ...text.split(/[.?!|:]\s|\|/).map((sentence) => sentence.trim().split(/\s+/).length),
      )
      if (longest > U20_WORDS) t.fail(`${language} ${key}: a sentence of ${longest} words`)
      if (UNKIND.test(text)) t.fail(`${language} ${key}: ${UNKIND.exec(text)?.[0] ?? ''}`)
    }
  }
  t.end()
})
