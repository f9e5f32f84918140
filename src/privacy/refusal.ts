import type { Actor } from '../audit/index.js';
import { CodedError, type ErrorCode } from '../errors/index.js';
import type { PrivacyDeps } from './deps.js';

/** Refusals for want of rights, of another person, or of a step that would be skipped. */
const REFUSALS = new Set<ErrorCode>(['not_found', 'forbidden', 'same_person', 'wrong_state', 'not_fulfilled', 'second_factor_required']);

/** Runs a step on a request; where it is refused, the refusal is put on record before it goes on up. */
export async function onRequest<T>(deps: PrivacyDeps, actor: Actor, asked: { step: string; id: string | null }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && REFUSALS.has(error.code)) {
      await deps.db.tx(async (tx) => {
        await deps.audit.append(tx, {
          actor,
          act: 'privacy.refused',
          subject: { kind: 'privacyRequest', id: asked.id ?? 'new' },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { asked: asked.step, why: error.code },
        });
      });
    }
    throw error;
  }
}
