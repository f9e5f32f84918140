import { setTimeout as sleep } from 'node:timers/promises';
import { eraseSidesAbout } from '../../../audit/index.js';
import { eraseCatalogue, forgetImports, importsBehind, uploadsLeft } from '../store.js';
import { pieces, type StepContext, type StepWork } from './types.js';

const BATCH = 500;
/** Milliseconds between looks at whether the index has followed, and for how long at most. */
const LOOK = 100;
const PATIENCE = 60_000;

const entry = ({ run, cause }: StepContext, act: string, facts: Record<string, number>) => ({
  actor: cause.actor,
  act,
  subject: { kind: 'destruction' as const, id: run.register_id },
  decision: 'allow' as const,
  policy: cause.policy,
  facts,
});

/** The tombstone: what speaks of people, or says what it was about, goes from the catalogue and its history. */
export const catalogue: StepWork = async (context) => {
  const { deps, records } = context;
  for (const batch of pieces(records, BATCH)) {
    await deps.db.tx(async (tx) => {
      const erased = await eraseCatalogue(tx, batch);
      const texts = await eraseSidesAbout(tx, batch);
      await deps.audit.append(tx, entry(context, 'destruction.erase', { records: erased, count: texts }));
    });
  }
  return { done: true, facts: { records: records.length } };
};

/**
 * Waits until the index has followed the catalogue, which it does by itself, in whatever process keeps it; then its raw files forget
 * what was replaced. Of how many records it still says something else.
 */
export async function followIndex({ index: kept, patience }: Pick<StepContext['deps'], 'index' | 'patience'>, records: readonly string[]): Promise<number> {
  const until = performance.now() + (patience ?? PATIENCE);
  kept.wake();
  for (let left = await kept.waiting(records); left > 0; left = await kept.waiting(records)) {
    if (performance.now() > until) return left;
    await sleep(LOOK);
  }
  await kept.purge();
  return (await kept.stale(records)).length;
}

export const index: StepWork = async ({ deps, records }) => {
  const left = await followIndex(deps, records);
  return left > 0 ? { done: false, waits: 'index_behind', facts: { records: left } } : { done: true, facts: { records: records.length } };
};

/** Uploads and rejected rows of imports; what waits from before and may hold anything is waited for, since it goes by itself. */
export const traces: StepWork = async (context) => {
  const { deps, run, records } = context;
  const rejects = await deps.db.tx(async (tx) => {
    const forgotten = await forgetImports(tx, records);
    await deps.audit.append(tx, entry(context, 'destruction.forget_uploads', { rejects: forgotten }));
    return forgotten;
  });
  const imports = await importsBehind(deps.db, run.register_id);
  const left = await uploadsLeft(deps.db, imports, run.started_at);
  const uploads = left.waiting + left.keys;
  if (uploads > 0) return { done: false, waits: 'uploads_waiting', facts: { uploads, until: left.until?.toISOString() ?? null } };
  await deps.uploads.removeLying(imports);
  return { done: true, facts: { rejects, imports: imports.length } };
};
