import type { Actor } from '../../audit/index.js';
import { isCoded } from '../../errors/index.js';
import type { StandingDeps } from './rules.js';

/** What is refused about a standing rule is on record. */
export async function refusedStanding(
  deps: Pick<StandingDeps, 'db' | 'audit' | 'access'>,
  actor: Actor,
  about: { id: string; step: 'propose' | 'agree' | 'confirm' | 'refuse' | 'end' | 'view' },
  error: unknown,
): Promise<never> {
  const why = (['not_found', 'wrong_state', 'same_person', 'not_seen_yet', 'conflict'] as const).find((code) => isCoded(error, code));
  if (why !== undefined)
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'standing.refused',
        // what was typed into an address is no id until a rule has it
        subject: { kind: 'standing', id: /^[a-z][a-z0-9-]{0,39}(\.\d{1,6})?$/.test(about.id) ? about.id : 'unknown' },
        decision: 'deny',
        policy: deps.access.version(),
        facts: { why, asked: about.step },
      }),
    );
  throw error;
}
