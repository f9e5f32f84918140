import type { Actor } from '../../audit/index.js';
import { constraintOf } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { DispositionDeps } from './deps.js';

type Acts = { act: 'appraisal.refused' | 'destruction.refused'; kind: 'appraisal' | 'destruction' | 'privacyRequest' };
const OF = {
  appraisal: { act: 'appraisal.refused', kind: 'appraisal' },
  register: { act: 'destruction.refused', kind: 'destruction' },
  /** The request behind an erasure, before there is a register. */
  erasure: { act: 'destruction.refused', kind: 'privacyRequest' },
} as const satisfies Record<string, Acts>;

/** Two people who list the same record at one moment: the later is told, not left with an error of the database. */
export async function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint === 'appraisal_items_one_live' || constraint === 'destruction_items_one_live')
      throw new CodedError('conflict', { detail: 'a record was listed elsewhere at the same moment', cause: error });
    throw error;
  }
}

/** Runs an act on one appraisal or register; what is refused is on record too, apart from the change that did not happen. */
export async function onOne<T>(
  deps: Pick<DispositionDeps, 'db' | 'audit' | 'access'>,
  actor: Actor,
  what: { of: keyof typeof OF; id: string; step: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // a right that is missing altogether was already put on record by whoever asked for it at the door
    if (error instanceof CodedError && error.status < 500) {
      const { act, kind } = OF[what.of];
      await deps.db.tx((tx) =>
        deps.audit.append(tx, {
          actor,
          act,
          subject: { kind, id: what.id },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { step: what.step, why: error.code },
        }),
      );
    }
    throw error;
  }
}
