import { openField, sealField } from '../../crypto/index.js';
import type { DispositionDeps } from './deps.js';

type Keys = Pick<DispositionDeps, 'keystore'>;
/** What of appraisals and registers stands sealed: reasons and opinions, which may speak of people. */
export type Sealed = `appraisal/${string}/step/${number}` | `appraisal/${string}/opinion/${number}` | `register/${string}/${string}`;

export function seal(deps: Keys, what: Sealed, text: string): Buffer {
  return sealField(deps.keystore.secret('catalogue'), what, text);
}

export function unseal(deps: Keys, what: Sealed, sealed: Buffer | null): string {
  return sealed === null ? '' : openField(deps.keystore.secret('catalogue'), what, sealed);
}
