import type { Actor } from '../../../audit/index.js';
import { newId, TRUE } from '../../../db/index.js';
import { callerId } from '../../batches/current.js';
import { CodedError } from '../../../errors/index.js';
import { noAttachments, type Attachments } from '../attachments.js';
import type { ImportDeps, ImportOutcome, NewDraft } from '../deps.js';
import type { Judged } from '../judge.js';
import { planImport, type ImportOptions, type Plan } from '../plan.js';
import type { ImportSource } from '../read/source.js';
import { batchesOf } from '../take-in.js';
import { comparisonById, concludeComparison, dropKeys, listComparisons, listDifferences, stageKeys, type ComparisonRow, type DifferenceKind } from './store.js';

export interface CompareInput {
  source: ImportSource;
  options: ImportOptions;
  attachments?: Attachments;
  system: string;
  /** Closings that the export should hold, end exclusive. */
  window: { from: Date; to: Date };
}

export interface Comparison {
  id: string;
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

/** Compares an export of the old system with the archive, both ways, while both are in use (R97). Changes nothing in either. */
export async function compareExport(deps: ImportDeps, actor: Actor, input: CompareInput): Promise<Comparison> {
  deps.authorize(actor, 'import.run');
  const plan = await planImport(input.source, input.options);
  const id = newId();
  try {
    const { exported, unreadable } = await stageAll(deps, actor, id, plan, input);
    const { from, to } = input.window;
    const row = await deps.db.tx(async (tx) => {
      const made = await concludeComparison(tx, {
        id,
        system: input.system,
        from,
        to,
        at: deps.now(),
        accountId: callerId(actor),
        exported,
        unreadable,
        rights: deps.findable(actor),
      });
      const facts = {
        source: input.system,
        exported,
        equal: Number(made.equal),
        only_in_source: Number(made.only_in_source),
        only_in_archive: Number(made.only_in_archive),
        different: Number(made.different),
      };
      await deps.audit.append(tx, { actor, act: 'import.compare', subject: { kind: 'import', id }, decision: 'allow', facts });
      return made;
    });
    return comparisonOf(row);
  } finally {
    await dropKeys(deps.db, id);
  }
}

async function stageAll(deps: ImportDeps, actor: Actor, id: string, plan: Plan, input: CompareInput): Promise<{ exported: number; unreadable: number }> {
  let exported = 0;
  let unreadable = 0;
  for await (const batch of batchesOf(plan, 0, input.attachments ?? noAttachments)) {
    const verdicts = await judgeAll(deps, actor, batch);
    exported += batch.length;
    const keys = batch.flatMap((one, i) => {
      const kind = verdicts[i] ?? 'unreadable';
      if (kind === 'unreadable') unreadable++;
      const serviceNo = one.unit.rows[0]?.fault ? undefined : plan.mapper.keyOf(one.unit.rows)?.serviceNo;
      return serviceNo === undefined ? [] : [{ serviceNo, kind }];
    });
    await stageKeys(deps.db, id, keys);
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

function comparisonOf(row: ComparisonRow): Comparison {
  return {
    id: row.id,
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

/** No caller's id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Who finds every record may look at every comparison; others at their own. */
function seesAll(deps: ImportDeps, actor: Actor): boolean {
  return deps.findable(actor).text === TRUE.text;
}

/** Comparisons, the newest first. */
export async function viewComparisons(
  deps: ImportDeps,
  actor: Actor,
  after: { at: Date; id: string } | null = null,
  limit = 20,
): Promise<{ items: Comparison[]; next: { at: Date; id: string } | null }> {
  deps.authorize(actor, 'import.view');
  const rows = await listComparisons(deps.db, seesAll(deps, actor) ? null : (callerId(actor) ?? NOBODY), after, limit + 1);
  const items = rows.slice(0, limit).map(comparisonOf);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? { at: last.comparedAt, id: last.id } : null };
}

/** A comparison and a page of what differs. */
export async function viewComparison(
  deps: ImportDeps,
  actor: Actor,
  id: string,
  after: { kind: string; serviceNo: string } | null = null,
  limit = 50,
): Promise<{ comparison: Comparison; differences: { kind: DifferenceKind; serviceNo: string }[]; next: { kind: DifferenceKind; serviceNo: string } | null }> {
  deps.authorize(actor, 'import.view');
  const row = await comparisonById(deps.db, id);
  if (row === undefined || !(seesAll(deps, actor) || row.account_id === callerId(actor))) throw new CodedError('not_found');
  const page = await listDifferences(deps.db, id, after, limit + 1);
  const differences = page.slice(0, limit).map((one) => ({ kind: one.kind, serviceNo: one.service_no }));
  return { comparison: comparisonOf(row), differences, next: page.length > limit ? (differences.at(-1) ?? null) : null };
}
