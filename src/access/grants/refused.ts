import type { Actor } from '../../audit/index.js';
import { isCoded } from '../../errors/index.js';
import type { GrantDeps } from './types.js';

/** What is refused about a grant, or about taking one, is on record. */
export async function refused(
  deps: Pick<GrantDeps, 'db' | 'audit' | 'access'>,
  actor: Actor,
  subject: { kind: 'grant' | 'record'; id: string },
  asked: 'view' | 'emergency' | 'revoke' | 'return' | 'review',
  error: unknown,
): Promise<never> {
  const why = (['not_found', 'wrong_state', 'same_person', 'purpose_not_allowed'] as const).find((code) => isCoded(error, code));
  if (why !== undefined)
    await deps.db.tx((tx) =>
      deps.audit.append(tx, { actor, act: 'grant.refused', subject, decision: 'deny', policy: deps.access.version(), facts: { why, asked } }),
    );
  throw error;
}
