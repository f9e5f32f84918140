import { closedLogs, findGone, removeBundles, systemActor } from '../../audit/index.js';
import { certifying, removeFromStore } from './carry.js';
import type { LogTermDeps } from './deps.js';
import { settleLog } from './settle.js';
import { logCopiesOf, logRegistersIn } from './store.js';

/** Removes bundles whose lock is over by now, and closes registers of which nothing remains. Repeatable. */
export async function clearLogs(deps: LogTermDeps): Promise<number> {
  let cleared = 0;
  for (const row of await logRegistersIn(deps.db, ['open'])) {
    const { locked } = await logCopiesOf(deps.db, row.id);
    if (locked > 0) {
      await removeFromStore(deps, row, systemActor());
      cleared++;
    }
    await settleLog(deps, row.id);
  }
  return cleared + (await clearAfterRestore(deps));
}

/**
 * Bundles of logs that are certified as gone and over which no register is under way any more: those that the store still locked when a
 * restore found the log destroyed, so that no register names them. They go when their lock ends, on record. How many logs had some.
 */
async function clearAfterRestore(deps: LogTermDeps): Promise<number> {
  const named = new Set((await logRegistersIn(deps.db, ['executing', 'open'])).map((one) => one.log));
  let cleared = 0;
  for (const { log, procedure } of await closedLogs(deps.db)) {
    if (procedure === null || named.has(log)) continue;
    // a destruction that was begun again ends with its own steps
    if (((await findGone(deps.db, log))?.removedAt ?? null) === null) continue;
    for await (const { gone, locked } of removeBundles(certifying(deps), log)) {
      if (gone.length === 0) continue;
      const facts = { number: procedure, gone: gone.length, locked: locked.length };
      await deps.db.tx((tx) =>
        deps.audit.append(tx, { actor: systemActor(), act: 'log.remove_bundles', subject: { kind: 'log', id: log }, decision: 'allow', facts }),
      );
      cleared++;
    }
  }
  return cleared;
}
