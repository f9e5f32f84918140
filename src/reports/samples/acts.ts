import type { Act } from '../../access/index.js';
import type { Actor, EntryInput } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { ReportsDeps } from '../deps.js';

/** The person behind an act on samples; machines and those without the right are refused. */
export function personOf(deps: ReportsDeps, actor: Actor, act: Act): string {
  deps.access.authorize(actor, act);
  if (actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

export const allowed = (deps: ReportsDeps, actor: Actor): Pick<EntryInput, 'actor' | 'decision' | 'policy'> => ({
  actor,
  decision: 'allow',
  policy: deps.access.version(),
});

/** Puts a look on record. */
export async function note(deps: ReportsDeps, actor: Actor, entry: Pick<EntryInput, 'act' | 'subject' | 'facts'>): Promise<void> {
  await deps.db.tx((tx) => deps.audit.append(tx, { ...allowed(deps, actor), ...entry }));
}

/** Runs a step; what is refused in it because of a person or a state is put on record. */
export async function guarded<T>(deps: ReportsDeps, actor: Actor, id: string, step: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CodedError && (error.code === 'same_person' || error.code === 'wrong_state' || error.code === 'conflict'))
      await deps.db.tx((tx) =>
        deps.audit.append(tx, {
          ...allowed(deps, actor),
          decision: 'deny',
          act: 'sample.refused',
          subject: { kind: 'sample', id },
          facts: { asked: step, why: error.code },
        }),
      );
    throw error;
  }
}
