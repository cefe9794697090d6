/**
 * How the tables of HSDS hang together (3.1 schemas and datapackage): which array or object of an
 * entity holds rows of which table, and which column of the row says whose they are.
 */
export const TABLES = {
  organization: 'organizations.csv',
  program: 'programs.csv',
  service: 'services.csv',
  attribute: 'attributes.csv',
  service_at_location: 'service_at_location.csv',
  location: 'locations.csv',
  phone: 'phones.csv',
  contact: 'contacts.csv',
  address: 'addresses.csv',
  schedule: 'schedules.csv',
  funding: 'funding.csv',
  service_area: 'service_areas.csv',
  required_document: 'required_documents.csv',
  language: 'languages.csv',
  accessibility: 'accessibility.csv',
  taxonomy_term: 'taxonomy_terms.csv',
  metadata: 'metadata.csv',
  meta_table_description: 'meta_table_descriptions.csv',
  cost_option: 'cost_options.csv',
  organization_identifier: 'organization_identifiers.csv',
  taxonomy: 'taxonomies.csv',
  service_capacity: 'service_capacity.csv',
  unit: 'units.csv',
  url: 'url.csv',
} as const
export type Table = keyof typeof TABLES
export const TABLE_NAMES = Object.keys(TABLES) as Table[]

/** An array of `table` whose rows name their parent in the column `key`. */
export interface Children {
  readonly property: string
  readonly table: Table
  readonly key: string
}
/** One object of `table`, named by the parent's own column `key`. */
export interface Reference {
  readonly property: string
  readonly table: Table
  readonly key: string
}
interface Relations {
  readonly children: readonly Children[]
  readonly references: readonly Reference[]
}

const children = (key: string, tables: Readonly<Record<string, Table>>): Children[] =>
  Object.entries(tables).map(([property, table]) => ({ property, table, key }))

const CONTACTED = { phones: 'phone', contacts: 'contact' } as const

const OWN: Partial<Record<Table, Relations>> = {
  organization: {
    children: children('organization_id', {
      ...CONTACTED,
      additional_websites: 'url',
      funding: 'funding',
      locations: 'location',
      programs: 'program',
      organization_identifiers: 'organization_identifier',
      services: 'service',
    }),
    references: [],
  },
  service: {
    children: children('service_id', {
      ...CONTACTED,
      additional_urls: 'url',
      schedules: 'schedule',
      service_areas: 'service_area',
      service_at_locations: 'service_at_location',
      languages: 'language',
      funding: 'funding',
      cost_options: 'cost_option',
      required_documents: 'required_document',
      capacities: 'service_capacity',
    }),
    references: [
      { property: 'organization', table: 'organization', key: 'organization_id' },
      { property: 'program', table: 'program', key: 'program_id' },
    ],
  },
  service_at_location: {
    children: children('service_at_location_id', {
      ...CONTACTED,
      schedules: 'schedule',
      service_areas: 'service_area',
    }),
    references: [
      { property: 'location', table: 'location', key: 'location_id' },
      { property: 'service', table: 'service', key: 'service_id' },
    ],
  },
  location: {
    children: children('location_id', {
      ...CONTACTED,
      languages: 'language',
      addresses: 'address',
      accessibility: 'accessibility',
      schedules: 'schedule',
    }),
    references: [],
  },
  contact: { children: children('contact_id', { phones: 'phone' }), references: [] },
  phone: { children: children('phone_id', { languages: 'language' }), references: [] },
  service_capacity: {
    children: [],
    references: [{ property: 'unit', table: 'unit', key: 'unit_id' }],
  },
  attribute: {
    children: [],
    references: [{ property: 'taxonomy_term', table: 'taxonomy_term', key: 'taxonomy_term_id' }],
  },
  taxonomy_term: {
    children: [],
    references: [{ property: 'taxonomy_detail', table: 'taxonomy', key: 'taxonomy_id' }],
  },
}

/** Any entity can have these; the column names its id alone, ids being unique everywhere. */
const ANYWHERE: readonly Children[] = [
  { property: 'attributes', table: 'attribute', key: 'link_id' },
  { property: 'metadata', table: 'metadata', key: 'resource_id' },
]

export const childrenOf = (table: Table): readonly Children[] => [
  ...(OWN[table]?.children ?? []),
  ...ANYWHERE,
]
export const referencesOf = (table: Table): readonly Reference[] => OWN[table]?.references ?? []

/** Columns of a table that only say whose a row is, with the tables they can name. */
export const linksOf = (table: Table): ReadonlyMap<string, Table | null> => {
  const links = new Map<string, Table | null>()
  for (const { key, table: target } of referencesOf(table)) links.set(key, target)
  for (const parent of TABLE_NAMES) {
    for (const child of OWN[parent]?.children ?? []) {
      if (child.table === table) links.set(child.key, parent)
    }
  }
  for (const child of ANYWHERE) if (child.table === table) links.set(child.key, null)
  return links
}
