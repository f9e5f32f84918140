import type { Actor } from '../../audit/index.js';
import { isBehindKeyTable, replayDestruction, restoreKeyTable } from '../../vault/index.js';
import { pieces } from './steps/types.js';
import type { ExecutionDeps } from './deps.js';
import { type LedgerEntry, missingInCatalogue } from './ledger.js';
import { insertLedger, ledgerRows, lockKnown, lockLedger, shredRecords, voidReplayed } from './ledger-store.js';
import { copiesMadeOf, eraseCatalogue, findRun, insertCopies } from './store.js';

type ReplayDeps = Pick<ExecutionDeps, 'db' | 'audit' | 'keystore' | 'store' | 'now' | 'random'>;

export interface Replayed {
  /** Whether the key table was taken over from a snapshot. */
  keyTable: boolean;
  destructions: number;
  records: number;
}

const BATCH = 500;

/** Whether the catalogue was restored from before a destruction or before its key table was made anew: then it is not served. */
export async function isBehindLedger(deps: ReplayDeps): Promise<boolean> {
  return (await missingInCatalogue(deps)).length > 0 || (await isBehindKeyTable(deps));
}

/**
 * Brings a restored catalogue up to the ledger of destructions: its key table is completed from the newest snapshot, and what was
 * destroyed since the backup is destroyed in it too. Before anybody is served; nothing happens where nothing is missing.
 */
export async function replayLedger(deps: ReplayDeps, actor: Actor): Promise<Replayed> {
  const report: Replayed = { keyTable: false, destructions: 0, records: 0 };
  // the ledger first: a snapshot has no wraps of the destroyed, and nothing must seem to lack one
  for (const { entry, digest } of await missingInCatalogue(deps)) {
    report.records += await replay(deps, actor, entry, digest);
    report.destructions++;
  }
  if (await isBehindKeyTable(deps)) {
    await restoreKeyTable(deps, actor);
    report.keyTable = true;
  }
  return report;
}

async function replay(deps: ReplayDeps, actor: Actor, entry: LedgerEntry, digest: Buffer): Promise<number> {
  return deps.db.tx(async (tx) => {
    await lockLedger(tx);
    if ((await ledgerRows(tx)).some((one) => one.number === entry.number)) return 0; // another process was faster
    const known = await lockKnown(tx, entry.records);
    // the backup was taken after it had begun: it goes on by itself from where it stood
    const begun = (await findRun(tx, entry.register)) !== undefined;
    const { number, register, registerNumber, records } = entry;
    await insertLedger(tx, { number, register, registerNumber, digest, at: new Date(entry.at), records, replayed: !begun });
    await deps.audit.append(tx, {
      actor,
      act: 'destruction.replay',
      subject: { kind: 'destruction', id: register },
      decision: 'allow',
      facts: { number, records: known.length, begun },
    });
    if (begun) return 0;
    await voidReplayed(tx, register, deps.now());
    await insertCopies(tx, register, known);
    await replayDestruction(deps, tx, { actor, policy: 'ledger', destruction: register }, records, await copiesMadeOf(tx, known));
    await shredRecords(tx, known);
    for (const batch of pieces(known, BATCH)) await eraseCatalogue(tx, batch);
    return known.length;
  });
}
