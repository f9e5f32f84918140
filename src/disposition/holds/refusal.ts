import type { Actor } from '../../audit/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';
import type { HoldsDeps } from './deps.js';

/** Refusals for want of rights, or of another person, or of a step that would skip one. */
const REFUSALS = new Set<ErrorCode>(['not_found', 'forbidden', 'same_person', 'wrong_state', 'second_factor_required']);

/** Runs a step on a hold; where it is refused, the refusal is put on record before it goes on up. */
export async function onHold<T>(deps: HoldsDeps, actor: Actor, asked: { act: string; id: string | null }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && REFUSALS.has(error.code)) {
      await deps.db.tx((tx) =>
        deps.audit.append(tx, {
          actor,
          act: 'hold.refused',
          subject: { kind: 'hold', id: asked.id ?? 'new' },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { asked: asked.act, why: error.code },
        }),
      );
    }
    throw error;
  }
}

/** Who acts, as a person: holds are compared by person. */
export function personOf(actor: Actor): string {
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}
