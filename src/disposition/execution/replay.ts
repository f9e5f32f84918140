import { type Actor, eraseSidesAbout } from '../../audit/index.js';
import type { Db, Tx } from '../../db/index.js';
import { isBehindKeyTable, restoreKeyTable } from '../../vault/index.js';
import { pieces } from './steps/types.js';
import type { ExecutionDeps } from './deps.js';
import { type LedgerEntry, missingInCatalogue } from './ledger.js';
import { importsOf, ledgerRows, lockLedger, type StoodRow, takeOverEntry } from './ledger-store.js';
import { findRun } from './store.js';

type LookDeps = Pick<ExecutionDeps, 'db' | 'audit' | 'keystore' | 'store' | 'now' | 'random'>;
export type ReplayDeps = LookDeps &
  Pick<ExecutionDeps, 'uploads'> & {
    /** Opens the database under the role of the replay, which nobody serves under. Asked only where something is to be taken over. */
    asReplay(): Db;
  };

export interface Replayed {
  /** Whether the key table was taken over from a snapshot. */
  keyTable: boolean;
  destructions: number;
  records: number;
}

const BATCH = 500;

/** Whether the catalogue was restored from before a destruction or before its key table was made anew: then it is not served. */
export async function isBehindLedger(deps: LookDeps): Promise<boolean> {
  return (await missingInCatalogue(deps)).length > 0 || (await isBehindKeyTable(deps));
}

/**
 * Brings a restored catalogue up to the ledger of destructions: its key table is completed from the newest snapshot, and what was
 * destroyed since the backup is destroyed in it too, whatever stands in it of holds or restrictions that had ended by then. Before
 * anybody is served; nothing happens where nothing is missing.
 */
export async function replayLedger(deps: ReplayDeps, actor: Actor): Promise<Replayed> {
  const report: Replayed = { keyTable: false, destructions: 0, records: 0 };
  const missing = await missingInCatalogue(deps);
  if (missing.length > 0) {
    const db = deps.asReplay();
    try {
      // the ledger first: a snapshot has no wraps of the destroyed, and nothing must seem to lack one
      for (const { entry, digest } of missing) {
        report.records += await replay(deps, db, actor, entry, digest);
        report.destructions++;
      }
    } finally {
      await db.close();
    }
  }
  if (await isBehindKeyTable(deps)) {
    await restoreKeyTable(deps, actor);
    report.keyTable = true;
  }
  return report;
}

async function replay(deps: ReplayDeps, db: Db, actor: Actor, entry: LedgerEntry, digest: Buffer): Promise<number> {
  // a backup that was taken after it had begun: it goes on by itself from where it stood
  const begun = (await findRun(deps.db, entry.register)) !== undefined;
  // before the entry counts as taken over, so that a crash in between leaves nothing behind
  if (!begun) await eraseTexts(deps, actor, entry.register, entry.records);
  const stood = await db.tx(async (tx) => {
    await lockLedger(tx);
    if ((await ledgerRows(tx)).some((one) => one.number === entry.number)) return []; // another process was faster
    const { number, register, registerNumber, records, at } = entry;
    const stood = await takeOverEntry(tx, { number, register, registerNumber, digest, at: new Date(at), records }, deps.now());
    await deps.audit.append(tx, {
      actor,
      act: 'destruction.replay',
      subject: { kind: 'destruction', id: register },
      decision: 'allow',
      facts: { number, register: registerNumber, records: stood.length, begun },
    });
    if (begun) return [];
    const objects = stood.reduce((sum, one) => sum + one.objects, 0);
    await deps.audit.append(tx, {
      actor,
      act: 'key.replay_destruction',
      subject: { kind: 'key', id: register },
      decision: 'allow',
      facts: { destruction: register, records: records.length, objects },
    });
    await tellReplayed(deps, tx, actor, entry, stood);
    return stood;
  });
  // sealed files from which they were taken in, whose keys were forgotten with them
  await deps.uploads.removeLying(
    await importsOf(
      deps.db,
      stood.map((one) => one.record_id),
    ),
  );
  return stood.length;
}

/** Removes what was written of records that the ledger says are gone beside the log. Repeatable. */
export async function eraseTexts(deps: Pick<LookDeps, 'db' | 'audit'>, actor: Actor, register: string, records: readonly string[]): Promise<void> {
  for (const batch of pieces(records, BATCH)) {
    await deps.db.tx(async (tx) => {
      const count = await eraseSidesAbout(tx, batch);
      if (count === 0) return;
      await deps.audit.append(tx, {
        actor,
        act: 'destruction.erase',
        subject: { kind: 'destruction', id: register },
        decision: 'allow',
        policy: 'ledger',
        facts: { records: batch.length, count },
      });
    });
  }
}

/** An entry for each record: its own history tells that it is gone, and what stood in the catalogue that was restored. */
async function tellReplayed(deps: LookDeps, tx: Tx, actor: Actor, { register, registerNumber }: LedgerEntry, stood: readonly StoodRow[]): Promise<void> {
  for (const batch of pieces(stood, BATCH)) {
    await deps.audit.appendMany(
      tx,
      batch.map((one) => ({
        actor,
        act: 'record.shredded',
        subject: { kind: 'record' as const, id: one.record_id },
        decision: 'allow' as const,
        facts: { register, number: registerNumber, replayed: true, stood: one.stood, held: one.was_held, restricted: one.was_restricted, until: one.term },
      })),
    );
  }
}
