import type { Actor } from '../../audit/index.js';
import { outOfOrder, tellRecords } from './carry.js';
import { registersToClear } from './copies-store.js';
import type { ExecutionDeps } from './deps.js';
import { destroyReplayed, replayedRecords } from './ledger-store.js';
import { removeCopies } from './remove.js';
import { eraseTexts } from './replay.js';
import { followIndex } from './steps/index.js';
import { settle } from './settle.js';
import { findRun, markDestroyed } from './store.js';
import { openRegisters } from './witness-store.js';

/**
 * Removes what was under lock and is not any more; records without a copy are then destroyed, and registers without one closed.
 * Repeatable. One register that fails, in whatever way, does not keep the others waiting.
 */
export async function clearUnlocked(deps: ExecutionDeps, system: Actor): Promise<void> {
  for (const register of await registersToClear(deps.db, deps.now()))
    await clear(deps, system, register).catch((error: unknown) => outOfOrder(deps, register, error, 'objects'));
  for (const register of await openRegisters(deps.db)) await settle(deps, register).catch((error: unknown) => outOfOrder(deps, register, error, 'certificate'));
}

async function clear(deps: ExecutionDeps, system: Actor, register: string): Promise<void> {
  const run = await findRun(deps.db, register);
  const policy = run?.policy ?? 'ledger';
  // what was carried out has seen to its log and its index; in a restored catalogue both came back with the backup
  const replayed = run ? [] : await replayedRecords(deps.db, register);
  // first of all, since their copies may be locked for years, or the store out of reach: what reached the log only after the replay
  await eraseTexts(deps, system, register, replayed);
  await removeCopies(deps, system, policy, register);
  const behind = replayed.length > 0 ? await followIndex(deps, replayed) : 0;
  if (behind > 0) {
    // not called destroyed while the index may say something of them; told each time until it does not
    deps.onTrouble('destruction_stuck', { register, step: 'index', why: 'index_behind', records: behind, attempt: 0 });
    return;
  }
  await deps.db.tx(async (tx) => {
    const destroyed = run ? await markDestroyed(tx, register) : await destroyReplayed(tx, register);
    if (destroyed.length === 0) return;
    const cause = { actor: system, policy, destruction: register };
    await deps.audit.append(tx, {
      actor: system,
      act: 'destruction.cleared',
      subject: { kind: 'destruction', id: register },
      decision: 'allow',
      policy,
      facts: { records: destroyed.length },
    });
    await tellRecords(deps, tx, { run: { register_id: register, number: run?.number ?? '' }, cause }, destroyed, 'record.destroyed');
  });
}
