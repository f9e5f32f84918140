import type { Actor } from '../../audit/index.js';
import { constraintOf, newId } from '../../db/index.js';
import type { RecordsDeps } from '../deps.js';
import { dayText } from '../term.js';
import { insertBatch, openIntakeBatch } from './store.js';

/** The open batch of this account and source system; one is opened where there is none. */
export async function currentBatch(deps: RecordsDeps, actor: Actor, system: string): Promise<string> {
  const owner = callerId(actor);
  for (;;) {
    const open = await openIntakeBatch(deps.db, owner, system);
    if (open) return open.id;
    await openBatch(deps, actor, 'intake', system).catch((error: unknown) => {
      if (constraintOf(error) !== 'batches_one_open') throw error; // another request opened it a moment ago
    });
  }
}

async function openBatch(deps: RecordsDeps, actor: Actor, kind: 'intake' | 'import', system: string): Promise<{ id: string; number: string }> {
  const id = newId();
  const number = batchNumber(kind === 'intake' ? 'J' : 'D', dayText(deps.now(), deps.settings.zone), id);
  await deps.db.tx(async (tx) => {
    await insertBatch(tx, { id, kind, number, source_system: system, opened_at: deps.now(), opened_by: callerId(actor) });
    await deps.audit.append(tx, { actor, act: 'batch.open', subject: { kind: 'batch', id }, decision: 'allow', facts: { number, source: system } });
  });
  return { id, number };
}

/** Number of a transfer batch: kind, day, and the tail of its id, `J20260301-9f3c2a`. */
export function batchNumber(kind: 'J' | 'D', day: string, id: string): string {
  return `${kind}${day.replaceAll('-', '')}-${id.slice(-6)}`;
}

/** Opens a batch of its own for an import. */
export async function openImportBatch(deps: RecordsDeps, actor: Actor, system: string): Promise<{ id: string; number: string }> {
  return openBatch(deps, actor, 'import', system);
}

/** The account or token behind a call; the system's own work has none. */
export function callerId(actor: Actor): string | null {
  return actor.accountId ?? (actor.kind === 'integration' ? actor.sessionId : null);
}
