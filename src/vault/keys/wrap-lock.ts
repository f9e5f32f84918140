import { createHash, createHmac, type KeyObject } from 'node:crypto';
import type { Keystore } from '../../crypto/index.js';

export const PROOF_BYTES = 32;
export const LOCK_BYTES = 32;

const USE = Buffer.from('lantai/wrap-lock/v1\0', 'latin1');

/** The secret of a keystore under which proofs are made. */
export const lockSecret = (keystore: Pick<Keystore, 'secret'>): KeyObject => keystore.secret('wrap-lock');

/**
 * What must be shown to put another wrap in the place of one: HMAC-SHA-256 over all that the wrap is bound to. Not over the wrap
 * itself, so that one that was damaged can still be replaced by a sound one from a snapshot.
 */
export function proofOf(secret: KeyObject, bound: Buffer): Buffer {
  return createHmac('sha256', secret).update(USE).update(bound).digest();
}

/** What stands beside the wrap: the database compares it with the proof and can make none from it. */
export function lockOf(proof: Buffer): Buffer {
  return createHash('sha256').update(proof).digest();
}
