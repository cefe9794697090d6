import type { Purpose, Role } from '../src/contracts/codes.ts'
import type { Service } from '../src/contracts/directory.ts'
import { demoAgency, demoId, LONG_DAY, named, offers, type DemoPerson } from './agency.ts'

const ALWAYS = {
  urgencies: ['emergency', 'urgent', 'normal'],
  always_open: true,
} as Partial<Service>
const ANY_URGENCY = { urgencies: ['emergency', 'urgent', 'normal'] } as Partial<Service>
const SAFE_HOUSE: Service['needs'] = [
  'accompanied_children',
  'female_staff',
  'pregnancy',
  'protected_site',
]
const ADULTS: Service['age_bands'] = ['from_18_to_24', 'from_25_to_39', 'from_40_to_59', 'from_60']

const ABROAD_AND_RETURN = [
  demoAgency(
    1,
    'embassy',
    named(
      'Contoh Rumah Singgah Kedutaan',
      'Example Embassy Shelter',
      'embassy_shelter',
      'XA',
      'Asia/Makassar',
    ),
    [
      offers('identification', 'Wawancara identifikasi', 'Identification interview', ['XA'], {
        ...ANY_URGENCY,
        needs: ['female_staff', 'interpreter', 'travel_documents'],
      }),
      offers('shelter', 'Penampungan sementara', 'Temporary shelter', ['XA'], {
        ...ALWAYS,
        needs: SAFE_HOUSE,
        minimum_categories: ['identity'],
      }),
    ],
  ),
  demoAgency(
    2,
    'repatriation',
    named(
      'Contoh Balai Pemulangan Pekerja Migran',
      'Example Migrant Worker Repatriation Office',
      'migrant_protection',
      '97.01',
      'Asia/Jakarta',
    ),
    [
      offers('repatriation', 'Pemulangan dan pengawalan', 'Return and escort', ['XA', '*'], {
        ...ALWAYS,
        needs: ['accompanied_children', 'disability_access', 'female_staff', 'travel_documents'],
        minimum_categories: ['identity', 'documents'],
      }),
      offers('emergency', 'Tanggap darurat', 'Emergency response', ['*'], {
        urgencies: ['emergency'],
        always_open: true,
      }),
    ],
  ),
] as const

const SHELTERS = [
  demoAgency(
    3,
    'shelter',
    {
      ...named(
        'Contoh Rumah Aman Anggrek',
        'Example Orchid Safe House',
        'shelter',
        '98',
        'Asia/Makassar',
      ),
      confidential: true,
      phone: null,
    },
    [
      offers('shelter', 'Rumah aman rahasia', 'Confidential safe house', ['98'], {
        ...ALWAYS,
        needs: [...SAFE_HOUSE, 'medication', 'travel_documents'],
        genders: ['Feminine', 'TransgenderFeminine'],
        minimum_categories: ['identity', 'safety'],
      }),
      offers('protection', 'Rencana keselamatan', 'Safety planning', ['98'], {
        ...ALWAYS,
        needs: ['female_staff', 'protected_site'],
        minimum_categories: ['safety'],
      }),
    ],
  ),
  // Nearest by district, and in the demonstration without a free bed: it declines, no_capacity.
  demoAgency(
    4,
    'full_shelter',
    {
      ...named(
        'Contoh Rumah Singgah Melati',
        'Example Jasmine Shelter',
        'shelter',
        '98.01',
        'Asia/Makassar',
      ),
      hours: LONG_DAY,
    },
    [
      offers('shelter', 'Rumah singgah perempuan', "Women's shelter", ['98.01'], {
        needs: SAFE_HOUSE,
        genders: ['Feminine'],
        minimum_categories: ['identity'],
      }),
    ],
  ),
] as const

const CARE = [
  demoAgency(
    5,
    'health',
    {
      ...named(
        'Contoh Pusat Kesehatan Penyintas',
        'Example Survivor Health Centre',
        'health',
        '98.01',
        'Asia/Makassar',
      ),
      hours: LONG_DAY,
    },
    [
      offers('health', 'Pemeriksaan dan pengobatan', 'Examination and treatment', ['98'], {
        ...ANY_URGENCY,
        needs: ['disability_access', 'female_staff', 'medical_urgent', 'medication', 'pregnancy'],
        minimum_categories: ['health_physical'],
      }),
    ],
  ),
  demoAgency(
    6,
    'psychosocial',
    named(
      'Contoh Layanan Psikososial Teratai',
      'Example Lotus Psychosocial Service',
      'psychosocial',
      '98',
      'Asia/Makassar',
    ),
    [
      offers('psychosocial', 'Konseling trauma', 'Trauma counselling', ['98', '99'], {
        needs: ['accompanied_children', 'female_staff', 'male_staff'],
        languages: ['id', 'jv'],
        minimum_categories: ['contact', 'health_mental'],
      }),
    ],
  ),
] as const

const RIGHTS_AND_LIVELIHOOD = [
  demoAgency(
    7,
    'legal_aid',
    named(
      'Contoh Lembaga Bantuan Hukum Cendana',
      'Example Sandalwood Legal Aid',
      'legal_aid',
      '97.01',
      'Asia/Jakarta',
    ),
    [
      offers('legal', 'Tuntutan upah dan restitusi', 'Wage claims and restitution', ['*'], {
        needs: ['female_staff', 'interpreter', 'wage_claim'],
        languages: ['id', 'en'],
        minimum_categories: ['identity', 'exploitation'],
      }),
    ],
  ),
  demoAgency(
    8,
    'vocational',
    named(
      'Contoh Balai Pelatihan Kerja Padi',
      'Example Paddy Vocational Centre',
      'vocational',
      '98.01',
      'Asia/Makassar',
    ),
    [
      offers('economic', 'Kursus keterampilan dan modal', 'Skills course and capital', ['98'], {
        urgencies: ['normal'],
        needs: ['disability_access', 'female_staff'],
        age_bands: ADULTS,
        minimum_categories: ['contact', 'economic'],
      }),
    ],
  ),
  demoAgency(
    11,
    'police_desk',
    named('Contoh Unit Pelayanan Korban', 'Example Victim Desk', 'police', '98', 'Asia/Makassar'),
    [
      offers('statutory_report', 'Penerimaan laporan wajib', 'Statutory reports', ['*'], {
        ...ALWAYS,
        minimum_categories: ['exploitation'],
      }),
    ],
  ),
] as const

const followUp = (area: string) => [
  offers('reintegration', 'Reintegrasi sosial', 'Social reintegration', [area], {
    needs: ['accompanied_children', 'female_staff'],
    minimum_categories: ['identity', 'contact'],
  }),
  offers('monitoring', 'Pemantauan 30, 90, 180 hari', '30, 90, 180 day follow-up', [area], {
    urgencies: ['normal'],
    minimum_categories: ['contact'],
  }),
]

const HOME = [
  demoAgency(
    9,
    'social_affairs',
    named(
      'Contoh Dinas Sosial Tengah',
      'Example Central Social Affairs Office',
      'social_affairs',
      '98.01',
      'Asia/Makassar',
    ),
    [
      ...followUp('98'),
      offers('assessment', 'Asesmen komprehensif', 'Comprehensive assessment', ['98'], {
        minimum_categories: ['identity'],
      }),
      offers('family_reunification', 'Reunifikasi keluarga', 'Family reunification', ['98'], {
        needs: ['accompanied_children', 'female_staff'],
        minimum_categories: ['identity', 'family'],
      }),
    ],
  ),
  demoAgency(
    10,
    'social_affairs_east',
    named(
      'Contoh Dinas Sosial Timur',
      'Example Eastern Social Affairs Office',
      'social_affairs',
      '99.01',
      'Asia/Jayapura',
    ),
    followUp('99'),
  ),
] as const

export const DEMO_AGENCIES = [
  ...ABROAD_AND_RETURN,
  ...SHELTERS,
  ...CARE,
  ...RIGHTS_AND_LIVELIHOOD,
  ...HOME,
] as const
export type DemoAgencyKey = (typeof DEMO_AGENCIES)[number]['key']

/** Those who work for the hub itself and for no agency. */
export const DEMO_HUB_PEOPLE: readonly DemoPerson[] = [
  { id: demoId('b', 0, 1), display_name: 'Joko Contoh (Pengurus Hub)', role: 'hub_administrator' },
  {
    id: demoId('b', 0, 2),
    display_name: 'Kartika Contoh (Pengurus Hub)',
    role: 'hub_administrator',
  },
  { id: demoId('b', 0, 3), display_name: 'Laras Contoh (Pengawas)', role: 'oversight_reviewer' },
]

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw new RangeError('not in the demonstration network')
  return value
}

export const demoAgencyOf = (key: DemoAgencyKey): (typeof DEMO_AGENCIES)[number] =>
  found(DEMO_AGENCIES.find((candidate) => candidate.key === key))

export const demoServiceOf = (key: DemoAgencyKey, stage: Purpose): Service =>
  found(demoAgencyOf(key).services.find((service) => service.stage === stage))

export const demoPersonOf = (key: DemoAgencyKey, role: Role): DemoPerson =>
  found(demoAgencyOf(key).people.find((person) => person.role === role))
