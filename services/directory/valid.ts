import type { Agency } from '../../src/contracts/directory.ts'
import { Problem, type FieldError } from '../../src/problem.ts'
import { hoursErrors, isTimeZone } from './hours.ts'

type Checked = Pick<Agency, 'area' | 'time_zone' | 'hours' | 'phone' | 'confidential'>

/**
 * What a schema cannot say about an agency, as it shall be.
 * @throws Problem invalid_request naming every wrong field
 */
export const checkAgency = (agency: Checked): void => {
  const errors: FieldError[] = hoursErrors(agency.hours)
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
