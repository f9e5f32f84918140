import { systemActor } from '../audit/index.js';
import { markDamaged } from './store.js';
import type { DamageKind, ObjectFacts, VaultDeps } from './types.js';

/** Puts damage on record and raises the alarm. Never throws: whoever found it has an error of their own to tell. */
export async function noteDamage(deps: VaultDeps, object: Pick<ObjectFacts, 'objectId' | 'recordId'>, kind: DamageKind): Promise<void> {
  const { objectId, recordId } = object;
  try {
    await deps.db.tx(async (tx) => {
      await markDamaged(tx, objectId, deps.now());
      const facts = { record: recordId, kind };
      await deps.audit.append(tx, { actor: systemActor(), act: 'object.damaged', subject: { kind: 'object', id: objectId }, decision: 'error', facts });
    });
  } catch {
    // the log is out of reach; the alarm below still goes out, and the next reader finds the damage again
  }
  deps.onDamage?.({ objectId, recordId, kind });
}
