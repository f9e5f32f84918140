import { assertSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError, invalidField, type ErrorCode } from '../../errors/index.js';
import type { RequestsDeps } from '../deps.js';
import type { RequestState } from '../flow/machine.js';
import { numbersOf } from '../store.js';
import { REQUEST_LIMITS } from '../values.js';
import { decideRequest } from './decide.js';

export interface DecideManyInput {
  /** Each with the step that was in sight when it was chosen. */
  items: readonly { requestId: string; step: number }[];
  agree: boolean;
  reason: string;
}

/** What became of one of them: its state, or why it could not be decided. */
export interface Decided {
  requestId: string;
  /** `null`: not for this person to know. */
  number: string | null;
  state: RequestState | null;
  refused: ErrorCode | null;
}

/**
 * The same answer with the same reason to many applications. Each is decided on its own right, in a transaction and with an
 * entry of its own, as if it stood alone; what is refused of one keeps no other back, and is said.
 */
export async function decideMany(deps: RequestsDeps, actor: Actor, { items, agree, reason }: DecideManyInput): Promise<Decided[]> {
  // what would refuse each of them is said once
  deps.access.authorize(actor, 'request.decide');
  assertSecondFactor(actor);
  const chosen = [...new Map(items.map((one) => [one.requestId, one])).values()];
  if (chosen.length === 0) throw invalidField('items', 'empty');
  if (chosen.length > REQUEST_LIMITS.decided) throw invalidField('items', 'too_many', { max: REQUEST_LIMITS.decided });
  if (reason.trim() === '') throw invalidField('reason', 'requires_reason');
  if (reason.trim().length > REQUEST_LIMITS.reason) throw invalidField('reason', 'too_long', { max: REQUEST_LIMITS.reason });
  const done: Omit<Decided, 'number'>[] = [];
  for (const { requestId, step } of chosen) {
    try {
      done.push({ requestId, state: (await decideRequest(deps, actor, { requestId, step, agree, reason })).state, refused: null });
    } catch (error) {
      if (!(error instanceof CodedError) || error.status >= 500) throw error;
      done.push({ requestId, state: null, refused: error.code });
    }
  }
  const numbers = await numbersOf(
    deps.db,
    done.filter((one) => one.refused !== 'not_found').map((one) => one.requestId),
  );
  return done.map((one) => ({ ...one, number: numbers.get(one.requestId) ?? null }));
}
