import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { ExecutionDeps } from './deps.js';

/** Runs an act on a register; what is refused is on record too, apart from the change that did not happen. */
export async function onRegister<T>(
  deps: Pick<ExecutionDeps, 'db' | 'audit' | 'access'>,
  actor: Actor,
  register: string,
  step: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && error.status < 500) {
      await deps.db.tx((tx) =>
        deps.audit.append(tx, {
          actor,
          act: 'destruction.refused',
          subject: { kind: 'destruction', id: register },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { step, why: error.code },
        }),
      );
    }
    throw error;
  }
}
