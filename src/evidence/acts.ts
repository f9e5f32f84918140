import type { Act } from '../access/index.js';
import type { Actor, EntryInput } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import type { EvidenceDeps } from './deps.js';

/** The person behind an act on packs; machines and those without the right are refused. */
export function personOf(deps: Pick<EvidenceDeps, 'access'>, actor: Actor, act: Act): string {
  deps.access.authorize(actor, act);
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

export const allowed = (deps: Pick<EvidenceDeps, 'access'>, actor: Actor): Pick<EntryInput, 'actor' | 'decision' | 'policy'> => ({
  actor,
  decision: 'allow',
  policy: deps.access.version(),
});

/** Runs a step on a pack; what is refused in it because of a person or a state is put on record. */
export async function guarded<T>(deps: EvidenceDeps, actor: Actor, id: string, step: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CodedError && (error.code === 'same_person' || error.code === 'wrong_state' || error.code === 'forbidden'))
      await deps.db.tx((tx) =>
        deps.audit.append(tx, {
          ...allowed(deps, actor),
          decision: 'deny',
          act: 'evidence.refused',
          subject: { kind: 'evidence', id },
          facts: { asked: step, why: error.code },
        }),
      );
    throw error;
  }
}

export const reasonContext = (id: string): string => `evidence/${id}/reason`;
