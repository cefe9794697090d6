// Goal: what is of another agency cannot be told from nothing. Method: every route of the document,
// every role, asked about foreign things and about absent ones; the answers MUST be equal.
import { all } from '../../services/all.ts'
import { runMatrix } from '../helpers/matrix.ts'

await runMatrix({ services: all, decides: true, secured: true })
