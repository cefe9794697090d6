import type { Purpose } from '../../src/contracts/codes.ts'
import type { GapAction, GapRead, GapRule, NextAction } from '../../src/contracts/gaps.ts'
import { type Text, text } from '../../src/problem.ts'
import type { GapRow } from './pathway-tables.ts'

const STAGE_NAMES: Readonly<Record<Purpose, Text>> = {
  identification: text('identifikasi', 'identification'),
  assessment: text('asesmen komprehensif', 'comprehensive assessment'),
  protection: text('perlindungan awal', 'initial protection'),
  shelter: text('rumah aman', 'shelter'),
  psychosocial: text('dukungan psikososial', 'psychosocial support'),
  legal: text('bantuan hukum', 'legal aid'),
  health: text('rehabilitasi kesehatan', 'health care'),
  economic: text('pemberdayaan ekonomi', 'economic empowerment'),
  family_reunification: text('reunifikasi keluarga', 'family reunification'),
  reintegration: text('reintegrasi sosial', 'social reintegration'),
  monitoring: text('pemantauan berkelanjutan', 'continuous monitoring'),
  repatriation: text('pemulangan', 'repatriation'),
  statutory_report: text('laporan wajib', 'statutory report'),
  emergency: text('keadaan darurat', 'emergency'),
}

interface Said {
  readonly sentence: Text
  readonly actions: readonly GapAction[]
}

/** `{stage}` and `{since}` are filled. No text names anything of the survivor. */
const SAID: Readonly<Record<GapRule, Said>> = {
  need_unassigned: {
    sentence: text(
      'Tahap {stage} diperlukan, tetapi tidak ada rujukan yang berjalan (terlambat sejak {since}).',
      'The stage {stage} is needed and no referral for it is under way (overdue since {since}).',
    ),
    actions: ['find_service', 'record_decline'],
  },
  declined_by_all: {
    sentence: text(
      'Semua rujukan untuk tahap {stage} berakhir tanpa layanan (sejak {since}).',
      'Every referral for the stage {stage} ended without service (since {since}).',
    ),
    actions: ['find_service', 'ask_again', 'record_decline'],
  },
  accepted_never_seen: {
    sentence: text(
      'Rujukan {stage} sudah diterima, tetapi penyintas belum sampai; batas kontak pertama {since}.',
      'The referral for {stage} was accepted and she has not arrived; first contact was due {since}.',
    ),
    actions: ['open_referral', 'find_service'],
  },
  no_assessment: {
    sentence: text(
      'Penyintas sudah teridentifikasi, tetapi belum ada asesmen (terlambat sejak {since}).',
      'The survivor was identified and there is no assessment (overdue since {since}).',
    ),
    actions: ['record_assessment', 'find_service', 'record_decline'],
  },
  returned_nothing_next: {
    sentence: text(
      'Sesudah {stage}, tidak ada dukungan lanjutan yang berjalan (sejak {since}).',
      'After {stage} no further support is under way (since {since}).',
    ),
    actions: ['find_service', 'record_decline'],
  },
  monitoring_overdue: {
    sentence: text(
      'Pemeriksaan sesudah penutupan belum dicatat (jatuh tempo {since}).',
      'A check after a closing is not recorded (due {since}).',
    ),
    actions: ['record_visit', 'record_contact_attempt'],
  },
  reached_nobody: {
    sentence: text(
      'Upaya menghubungi penyintas dengan aman gagal berulang kali (sejak {since}).',
      'Attempts to reach the survivor safely failed again and again (since {since}).',
    ),
    actions: ['record_contact_attempt', 'record_visit'],
  },
}

/** Where each action looks for the stage, when the gap's own is behind and not ahead. */
const NEXT_STAGE: Partial<Record<GapRule, Purpose>> = { returned_nothing_next: 'psychosocial' }

interface Doing {
  readonly label: Text
  readonly method: NextAction['method']
  readonly href: (caseId: string, stage: string, referral: string | null) => string
}

const DOING: Readonly<Record<GapAction, Doing>> = {
  find_service: {
    label: text('Cari layanan', 'Find a service'),
    method: 'GET',
    href: (_case, stage) => `/v1/directory/services?stage=${stage}`,
  },
  ask_again: {
    label: text('Ajukan lagi', 'Ask again'),
    method: 'GET',
    href: (_case, _stage, referral) => `/v1/referrals/${referral}`,
  },
  record_decline: {
    label: text('Catat penolakan penyintas', 'Record that she declined'),
    method: 'PUT',
    href: (caseId, stage) => `/v1/cases/${caseId}/stages/${stage}`,
  },
  open_referral: {
    label: text('Buka rujukan', 'Open the referral'),
    method: 'GET',
    href: (_case, _stage, referral) => `/v1/referrals/${referral}`,
  },
  record_assessment: {
    label: text('Catat asesmen', 'Record an assessment'),
    method: 'POST',
    href: (caseId) => `/v1/cases/${caseId}/assessments`,
  },
  record_visit: {
    label: text('Catat kunjungan', 'Record a visit'),
    method: 'POST',
    href: (caseId) => `/v1/cases/${caseId}/visits`,
  },
  record_contact_attempt: {
    label: text('Catat upaya kontak', 'Record an attempt'),
    method: 'POST',
    href: (caseId) => `/v1/cases/${caseId}/contact-attempts`,
  },
}

/** Days are said in Jakarta's time, as everywhere where no agency's own zone is known. */
const dayIn = (language: 'id' | 'en', at: Date): string =>
  new Intl.DateTimeFormat(language === 'id' ? 'id-ID' : 'en-GB', {
    dateStyle: 'long',
    timeZone: 'Asia/Jakarta',
  }).format(at)

/** A gap as people read it. */
export const readGap = (row: GapRow, reference: string): GapRead => {
  const { sentence, actions } = SAID[row.rule]
  const fill = (language: 'id' | 'en'): string =>
    sentence[language]
      .replace('{stage}', row.stage === null ? '' : STAGE_NAMES[row.stage][language])
      .replace('{since}', dayIn(language, row.opened_at))
  const stage = NEXT_STAGE[row.rule] ?? row.stage ?? 'monitoring'
  return {
    id: row.id,
    case: row.case_id,
    reference,
    rule: row.rule,
    severity: row.severity,
    stage: row.stage,
    referral: row.referral,
    sentence: { id: fill('id'), en: fill('en') },
    actions: actions.map((action) => {
      const { label, method, href } = DOING[action]
      return { action, label, method, href: href(row.case_id, stage, row.referral), stage }
    }),
    opened_at: row.opened_at.toISOString(),
    closed_at: row.closed_at?.toISOString() ?? null,
  }
}
