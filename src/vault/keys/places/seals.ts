import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, type Keystore, openField, sealField } from '../../../crypto/index.js';
import { isCoded } from '../../../errors/index.js';
import type { PlaceEnd } from './store.js';

type Secrets = Pick<Keystore, 'secret'>;
const secret = (keystore: Secrets) => keystore.secret('place-ends');

/** Words belong to who said them of what: a proposal that was written into the database by hand has none that open. */
const context = (one: Pick<PlaceEnd, 'id' | 'place' | 'fate' | 'proposedPerson' | 'proposedBy'>): string =>
  `lantai/place-end/v1/${[one.id, one.place, one.fate, one.proposedPerson, one.proposedBy].join('/')}`;

export const sealWords = (keystore: Secrets, one: Parameters<typeof context>[0], words: string): Buffer => sealField(secret(keystore), context(one), words);

/** The words of a proposal; `undefined` where it is not one that was made here. */
export function wordsOf(keystore: Secrets, one: PlaceEnd): string | undefined {
  try {
    return openField(secret(keystore), context(one), one.words);
  } catch (error) {
    if (isCoded(error, 'content_damaged')) return undefined;
    throw error;
  }
}

/** Seals a decision under a secret that the database does not have: what was written there by hand ends no place. */
export function sealOf(keystore: Secrets, one: PlaceEnd, decidedPerson: string, decidedBy: string): Buffer {
  const said = [one.id, one.place, one.fate, one.proposedPerson, one.proposedBy, decidedPerson, decidedBy];
  return createHmac('sha256', secret(keystore)).update('lantai/place-end/v1\n').update(canonicalJson(said)).digest();
}

/** Whether two persons confirmed this here. */
export function isConfirmed(keystore: Secrets, one: PlaceEnd): boolean {
  if (one.decision !== 'confirmed' || one.seal === null || one.decidedPerson === null || one.decidedBy === null) return false;
  if (one.decidedPerson === one.proposedPerson || wordsOf(keystore, one) === undefined) return false;
  const mine = sealOf(keystore, one, one.decidedPerson, one.decidedBy);
  return one.seal.length === mine.length && timingSafeEqual(one.seal, mine);
}
