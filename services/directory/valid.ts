import type { Agency } from '../../src/contracts/directory.ts'
import { Problem, type FieldError } from '../../src/problem.ts'
import { holidayErrors, hoursErrors, isTimeZone } from './hours.ts'

type Checked = Pick<
  Agency,
  'area' | 'time_zone' | 'hours' | 'holidays' | 'phone' | 'contacts' | 'confidential'
>

/**
 * What a schema cannot say about an agency, as it shall be.
 * @throws Problem invalid_request naming every wrong field
 */
export const checkAgency = (agency: Checked): void => {
  const errors: FieldError[] = [...hoursErrors(agency.hours), ...holidayErrors(agency.holidays)]
  if (!isTimeZone(agency.time_zone)) {
    errors.push({
      field: 'time_zone',
      message: {
        id: 'Pakai nama zona waktu IANA: Asia/Jakarta, Asia/Makassar, Asia/Jayapura.',
        en: 'Use an IANA time zone name: Asia/Jakarta, Asia/Makassar, Asia/Jayapura.',
      },
    })
  }
  if (agency.confidential && agency.phone !== null) {
    errors.push({
      field: 'phone',
      message: {
        id: 'Lembaga rahasia tidak menampilkan nomor telepon; kosongkan (null).',
        en: 'A confidential agency shows no telephone number; send null.',
      },
    })
  }
  if (agency.confidential && agency.contacts.length > 0) {
    errors.push({
      field: 'contacts',
      message: {
        id: 'Lembaga rahasia dihubungi lewat hub saja; kosongkan kontaknya.',
        en: 'A confidential agency is reached through the hub alone; leave its contacts empty.',
      },
    })
  }
  for (const [index, contact] of agency.contacts.entries()) {
    if (contact.phone !== null || contact.email !== null) continue
    errors.push({
      field: `contacts.${index}`,
      message: {
        id: 'Isi nomor telepon atau surel kontak ini.',
        en: 'Give this contact a telephone number or an e-mail address.',
      },
    })
  }
  if (agency.confidential && agency.area.length > 2) {
    errors.push({
      field: 'area',
      message: {
        id: 'Untuk lembaga rahasia sebutkan provinsinya saja (dua angka).',
        en: 'Name only the province (two digits) of a confidential agency.',
      },
    })
  }
  if (errors.length > 0) throw new Problem('invalid_request', { errors })
}
