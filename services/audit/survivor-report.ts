import { sql } from 'drizzle-orm'
import type { SurvivorReport } from '../../src/contracts/audit-review.ts'
import type { Category } from '../../src/contracts/codes.ts'
import type { Tx } from '../../src/db.ts'

type Holder = SurvivorReport['holders'][number]

/** Categories in the words that a survivor uses. */
const CATEGORY_WORDS: Readonly<Record<Category, { id: string; en: string }>> = {
  identity: { id: 'nama dan jati diri', en: 'name and identity' },
  contact: { id: 'cara menghubungi', en: 'how to reach you' },
  location: { id: 'tempat tinggal', en: 'where you stay' },
  safety: { id: 'keselamatan', en: 'safety' },
  exploitation: { id: 'apa yang dialami', en: 'what happened' },
  legal: { id: 'urusan hukum', en: 'legal matters' },
  health_physical: { id: 'kesehatan badan', en: 'physical health' },
  health_reproductive: { id: 'kesehatan reproduksi', en: 'reproductive health' },
  health_mental: { id: 'kesehatan jiwa', en: 'mental health' },
  economic: { id: 'penghasilan dan upah', en: 'income and wages' },
  family: { id: 'keluarga', en: 'family' },
  documents: { id: 'surat-surat', en: 'documents' },
  narrative: { id: 'cerita', en: 'your story' },
}

const PURPOSE_WORDS: Readonly<Record<string, { id: string; en: string }>> = {
  shelter: { id: 'tempat berlindung', en: 'shelter' },
  psychosocial: { id: 'pendampingan', en: 'counselling' },
  legal: { id: 'bantuan hukum', en: 'legal aid' },
  health: { id: 'kesehatan', en: 'health care' },
  economic: { id: 'penghidupan', en: 'livelihood' },
  family_reunification: { id: 'kembali ke keluarga', en: 'return to family' },
  reintegration: { id: 'kembali ke masyarakat', en: 'reintegration' },
  repatriation: { id: 'pemulangan', en: 'return home' },
  protection: { id: 'perlindungan', en: 'protection' },
  emergency: { id: 'keadaan darurat', en: 'an emergency' },
  statutory_report: { id: 'laporan yang diwajibkan hukum', en: 'a report that the law demands' },
}

interface Row extends Record<string, unknown> {
  readonly agency: string
  readonly name_id: string | null
  readonly name_en: string | null
  readonly purposes: string[]
  readonly categories: Category[]
  readonly opened: number
  readonly broken: number
  readonly last_opened_at: string | null
  readonly ended: boolean
}

/** Who was given what, from the trail alone: what was sent, opened and ended. */
const readHolders = async (tx: Tx, owner: string, subject: string): Promise<Holder[]> => {
  const rows = await tx.execute<Row>(sql`
    with about as materialized (
      select d.type, d.at, d.agency, d.object, d.purpose, d.categories, d.concerned
        from audit.disclosure d
       where d.subject = ${subject} and d.outcome = 'ok' and d.type like 'referrals.%'
         and ${owner}::uuid = any(d.concerned)
    ), sent as (
      select distinct on (about.object) about.object, about.purpose, about.categories, other as holder
        from about, unnest(about.concerned) as other
       where about.type = 'referrals.referral.sent.v1' and other <> ${owner}
       order by about.object, about.at desc
    ), told as (
      select sent.*,
        (select count(*)::int from about o where o.object = sent.object
           and o.type = 'referrals.package.opened.v1') as opened,
        (select max(o.at) from about o where o.object = sent.object
           and o.type = 'referrals.package.opened.v1') as last_opened_at,
        (select count(*)::int from about o where o.object = sent.object
           and o.type = 'referrals.break_glass.opened.v1') as broken,
        exists (select from about o where o.object = sent.object and o.type in (
          'referrals.referral.withdrawn.v1', 'referrals.referral.revoked.v1',
          'referrals.referral.declined.v1', 'referrals.referral.expired.v1',
          'referrals.referral.entered_in_error.v1')) as ended
        from sent
    ), holders as (
      select holder, array_agg(distinct purpose) as purposes,
             array(select distinct c from told t, unnest(t.categories) c
                    where t.holder = told.holder order by c) as categories,
             sum(opened)::int as opened, sum(broken)::int as broken, max(last_opened_at) as last_opened_at, bool_and(ended) as ended
        from told group by holder
    ), named as (
      select * from directory.agency_names((
        select jsonb_agg(jsonb_build_object('i', row.i, 'agency', row.holder))
          from (select holder, (row_number() over (order by holder))::int - 1 as i from holders) row))
    )
    select h.holder as agency, n.name_id, n.name_en, h.purposes, h.categories, h.opened, h.broken,
           audit.written(h.last_opened_at) as last_opened_at, h.ended
      from (select *, (row_number() over (order by holder))::int - 1 as i from holders) h
      left join named n using (i) order by h.holder`)
  return rows.map(({ agency, name_id, name_en, ...row }) => ({
    ...row,
    agency,
    name: { id: name_id ?? agency, en: name_en ?? agency },
  }))
}

const list = (words: readonly string[], and: string): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`

const sentence = (holder: Holder, language: 'id' | 'en'): string => {
  const and = language === 'id' ? 'dan' : 'and'
  const what = list(
    holder.categories.map((category) => CATEGORY_WORDS[category][language]),
    and,
  )
  const why = list(
    holder.purposes.map((purpose) => PURPOSE_WORDS[purpose]?.[language] ?? purpose),
    and,
  )
  const day = holder.last_opened_at?.slice(0, 10)
  if (language === 'id') {
    const opened =
      holder.opened === 0
        ? holder.broken === 0
          ? 'Belum ada yang membukanya.'
          : 'Dengan izin Anda belum ada yang membukanya.'
        : `Sudah dibuka ${holder.opened} kali, terakhir ${day}.`
    const ended = holder.ended
      ? ' Izin ini sudah berakhir; yang sudah dibaca tidak bisa dilupakan.'
      : ''
    const broken =
      holder.broken === 0
        ? ''
        : ` Dalam keadaan darurat, tanpa izin Anda, dibuka ${holder.broken} kali.`
    return `${holder.name.id} menerima: ${what || 'tidak ada data'}. Untuk: ${why}. ${opened}${broken}${ended}`
  }
  const opened =
    holder.opened === 0
      ? holder.broken === 0
        ? 'Nobody there has opened it.'
        : 'Nobody there has opened it with your permission.'
      : `It was opened ${holder.opened} times, last on ${day}.`
  const ended = holder.ended ? ' This has ended; what was read cannot be unread.' : ''
  const broken =
    holder.broken === 0
      ? ''
      : ` In an emergency, without your permission, it was opened ${holder.broken} times.`
  return `${holder.name.en} was given: ${what || 'no data'}. For: ${why}. ${opened}${broken}${ended}`
}

/** Who holds what of a survivor and why, in plain words, for reading together. */
export const survivorReport = async (
  tx: Tx,
  owner: string,
  subject: string,
): Promise<SurvivorReport> => {
  const holders = await readHolders(tx, owner, subject)
  const rights = {
    id: 'Anda boleh menarik izin kapan saja, tanpa alasan. Pendamping Anda melakukannya saat itu juga.',
    en: 'You may take back your permission at any time, without a reason. Your worker does it at once.',
  }
  const none = {
    id: 'Belum ada lembaga lain yang menerima data Anda.',
    en: 'No other agency has been given your data.',
  }
  const textOf = (language: 'id' | 'en'): string =>
    [
      ...(holders.length === 0
        ? [none[language]]
        : holders.map((each) => sentence(each, language))),
      rights[language],
    ].join('\n')
  return { text: { id: textOf('id'), en: textOf('en') }, holders }
}
