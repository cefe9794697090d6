// Goal: decisions hold by themselves. Method: the matrix on a database without row-level security.
import { all } from '../../services/all.ts'
import { runMatrix } from '../helpers/matrix.ts'

await runMatrix({ services: all, decides: true, secured: false })
