import { Verify } from '../parts/verify.tsx'
import { wake } from './wake.tsx'

wake('verify', Verify)
