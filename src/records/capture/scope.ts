import type { Actor } from '../../audit/index.js';
import type { RecordsDeps } from '../deps.js';
import { dayText } from '../term.js';
import type { CaptureItem, CaptureOutcome } from './capture-many.js';
import { countOutOfScope } from './store.js';

/** Counts what the filing scope 归档范围 kept out, by day, source and rule (R95), with an entry that says so. */
export async function countScope(deps: RecordsDeps, actor: Actor, items: readonly CaptureItem[], outcomes: readonly CaptureOutcome[]): Promise<void> {
  const bySystem = new Map<string, Map<string, number>>();
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status !== 'rejected' || outcome.code !== 'out_of_scope') continue;
    const draft = items[i]?.draft as { source?: { system?: string } };
    const counts = bySystem.get(draft.source?.system ?? '') ?? new Map<string, number>();
    counts.set('scope', (counts.get('scope') ?? 0) + 1);
    bySystem.set(draft.source?.system ?? '', counts);
  }
  if (bySystem.size === 0) return;
  await deps.db.tx(async (tx) => {
    for (const [system, counts] of bySystem) {
      await countOutOfScope(tx, dayText(deps.now(), deps.settings.zone), system, counts);
      await deps.audit.append(tx, {
        actor,
        act: 'record.out_of_scope',
        subject: { kind: 'scheme', id: deps.schemes.newest.name },
        decision: 'deny',
        facts: { count: counts.get('scope') ?? 0 },
      });
    }
  });
}
