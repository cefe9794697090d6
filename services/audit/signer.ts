import type { Context } from '../../src/service.ts'
import { signerFromSeed, type NoteSigner } from './note.ts'

/** The ledger's name in its checkpoints: where the hub is reached, without the scheme. */
export const originOf = (publicUrl: string): string => `${new URL(publicUrl).host}/audit`

/** Signs the checkpoints of this hub's ledger. */
export const ledgerSigner = ({ config, keys }: Pick<Context, 'config' | 'keys'>): NoteSigner =>
  signerFromSeed(originOf(config.publicUrl), keys.ledgerSeed)
