import type { Actor } from '../../../audit/index.js';
import { newId } from '../../../db/index.js';
import { callerId } from '../../batches/current.js';
import { CodedError, isCoded } from '../../../errors/index.js';
import { noAttachments, type Attachments } from '../attachments.js';
import type { ImportDeps, ImportOutcome, NewDraft } from '../deps.js';
import type { Judged } from '../judge.js';
import { planImport, type ImportOptions, type Plan } from '../plan.js';
import type { ImportSource } from '../read/source.js';
import { batchesOf } from '../take-in.js';
import { beginComparison, concludeComparison, dropKeys, failComparison, runningComparisons, stageKeys, type ComparisonRow } from './store.js';

export interface CompareInput {
  source: ImportSource;
  options: ImportOptions;
  attachments?: Attachments;
  system: string;
  /** Closings that the export should hold, end exclusive. */
  window: { from: Date; to: Date };
  onProgress?: (progress: CompareProgress) => void;
  signal?: AbortSignal;
}

/** Rows that were compared, of all that the file has. */
export interface CompareProgress {
  rows: number;
  total: number;
}

export interface Comparison {
  id: string;
  state: 'running' | 'done' | 'failed';
  /** Why it failed: a code. */
  reason: string | null;
  system: string;
  window: { from: Date; to: Date };
  comparedAt: Date;
  /** Units of the export. */
  exported: number;
  equal: number;
  onlyInSource: number;
  onlyInArchive: number;
  different: number;
  /** Rows that could not be compared at all. */
  unreadable: number;
}

type Verdict = 'equal' | 'only_in_source' | 'different' | 'unreadable';

/** A comparison under way. */
export interface StartedComparison {
  id: string;
  done: Promise<Comparison>;
}

/** Compares an export of the old system with the archive, both ways, while both are in use (R97). Changes nothing in either. */
export async function compareExport(deps: ImportDeps, actor: Actor, input: CompareInput): Promise<Comparison> {
  const { done } = await startComparison(deps, actor, input);
  return done;
}

/** The same, but resolves once the file has been read through and the comparison is on record. `done` must be awaited or caught. */
export async function startComparison(deps: ImportDeps, actor: Actor, input: CompareInput): Promise<StartedComparison> {
  deps.authorize(actor, 'import.run');
  const plan = await planImport(input.source, input.options);
  const id = newId();
  const { from, to } = input.window;
  await deps.db.tx(async (tx) => {
    await beginComparison(tx, { id, system: input.system, from, to, at: deps.now(), accountId: callerId(actor) });
    const facts = { source: input.system, rows: plan.table.total };
    await deps.audit.append(tx, { actor, act: 'comparison.start', subject: { kind: 'comparison', id }, decision: 'allow', facts });
  });
  return { id, done: carryOut(deps, actor, id, plan, input) };
}

async function carryOut(deps: ImportDeps, actor: Actor, id: string, plan: Plan, input: CompareInput): Promise<Comparison> {
  try {
    const { exported, unreadable } = await stageAll(deps, actor, id, plan, input);
    const row = await deps.db.tx(async (tx) => {
      const made = await concludeComparison(tx, { id, exported, unreadable, rights: deps.findable(actor) });
      const facts = {
        source: input.system,
        exported,
        equal: Number(made.equal),
        only_in_source: Number(made.only_in_source),
        only_in_archive: Number(made.only_in_archive),
        different: Number(made.different),
      };
      await deps.audit.append(tx, { actor, act: 'import.compare', subject: { kind: 'comparison', id }, decision: 'allow', facts });
      return made;
    });
    return comparisonOf(row);
  } catch (error) {
    await fail(deps, actor, id, isCoded(error) ? error.code : 'internal');
    throw error;
  } finally {
    await dropKeys(deps.db, id);
  }
}

async function fail(deps: ImportDeps, actor: Actor, id: string, reason: string): Promise<void> {
  await deps.db.tx(async (tx) => {
    await failComparison(tx, id, reason);
    await deps.audit.append(tx, { actor, act: 'import.compare', subject: { kind: 'comparison', id }, decision: 'error', facts: { reason } });
  });
}

/** After a start of the program: what was being compared will not come to its end; its upload is gone. How many. */
export async function failInterrupted(deps: ImportDeps, system: Actor): Promise<number> {
  const ids = await runningComparisons(deps.db);
  for (const id of ids) await fail(deps, system, id, 'interrupted');
  return ids.length;
}

async function stageAll(deps: ImportDeps, actor: Actor, id: string, plan: Plan, input: CompareInput): Promise<{ exported: number; unreadable: number }> {
  let exported = 0;
  let unreadable = 0;
  let rows = 0;
  input.onProgress?.({ rows, total: plan.table.total });
  for await (const batch of batchesOf(plan, 0, input.attachments ?? noAttachments)) {
    if (input.signal?.aborted) throw new CodedError('unavailable', { detail: 'shutting down' });
    const verdicts = await judgeAll(deps, actor, batch);
    exported += batch.length;
    const keys = batch.flatMap((one, i) => {
      rows += one.unit.rows.length;
      const kind = verdicts[i] ?? 'unreadable';
      if (kind === 'unreadable') unreadable++;
      const serviceNo = one.unit.rows[0]?.fault ? undefined : plan.mapper.keyOf(one.unit.rows)?.serviceNo;
      return serviceNo === undefined ? [] : [{ serviceNo, kind }];
    });
    await stageKeys(deps.db, id, keys);
    input.onProgress?.({ rows, total: plan.table.total });
  }
  return { exported, unreadable };
}

async function judgeAll(deps: ImportDeps, actor: Actor, batch: readonly Judged[]): Promise<Verdict[]> {
  const items = batch.flatMap((one) => ('item' in one ? [one.item] : []));
  const outcomes = await deps.checkMany(actor, items).finally(() => items.forEach((item) => item.files?.forEach((file) => file.body.destroy())));
  let next = 0;
  return batch.map((one) => ('item' in one ? verdict(outcomes[next++]) : 'unreadable'));
}

function verdict(outcome: ImportOutcome | NewDraft | undefined): Verdict {
  if (outcome?.status === 'new') return 'only_in_source';
  if (outcome?.status === 'replayed') return 'equal';
  return outcome?.status === 'rejected' && outcome.code === 'changed' ? 'different' : 'unreadable';
}

/** A comparison as it stands. */
export function comparisonOf(row: ComparisonRow): Comparison {
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    system: row.source_system,
    window: { from: row.window_from, to: row.window_to },
    comparedAt: row.compared_at,
    exported: Number(row.exported),
    equal: Number(row.equal),
    onlyInSource: Number(row.only_in_source),
    onlyInArchive: Number(row.only_in_archive),
    different: Number(row.different),
    unreadable: Number(row.unreadable),
  };
}
