import { handBackIn as giveBack, issueGrant, type GrantInput, type GrantResult } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import type { Tx } from '../db/index.js';
import { isCoded } from '../errors/index.js';
import type { RequestsDeps } from './deps.js';

/** Gives what was approved, in the transaction of the last approval. */
export function grantIn(tx: Tx, deps: RequestsDeps, actor: Actor, order: GrantInput): Promise<{ id: string }> {
  return issueGrant(tx, deps, actor, order);
}

/** Ends the grant in the transaction of the hand-back; one that is over or was taken back before stays as it is. */
export async function handBackIn(tx: Tx, deps: RequestsDeps, actor: Actor, grantId: string, result: GrantResult): Promise<void> {
  try {
    await giveBack(tx, deps, actor, { grantId, result });
  } catch (error) {
    if (!isCoded(error, 'wrong_state')) throw error;
  }
}
