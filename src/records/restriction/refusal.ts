import type { Actor } from '../../audit/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';

/** Refusals for want of rights, or of another person, or of a step that would skip one. */
const REFUSALS = new Set<ErrorCode>(['not_found', 'forbidden', 'same_person', 'wrong_state']);

/** Runs a step on a restriction; where it is refused, the refusal is put on record before it goes on up. */
export async function onRestriction<T>(deps: RecordsDeps, actor: Actor, asked: { act: string; id: string | null }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && REFUSALS.has(error.code)) {
      await deps.db.tx(async (tx) => {
        await deps.audit.append(tx, {
          actor,
          act: 'restriction.refused',
          subject: { kind: 'restriction', id: asked.id ?? 'new' },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { asked: asked.act, why: error.code },
        });
      });
    }
    throw error;
  }
}
