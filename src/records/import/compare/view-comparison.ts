import type { Actor } from '../../../audit/index.js';
import { TRUE } from '../../../db/index.js';
import { CodedError } from '../../../errors/index.js';
import { callerId } from '../../batches/current.js';
import type { ImportDeps } from '../deps.js';
import { comparisonOf, type Comparison } from './compare-export.js';
import { comparisonById, listComparisons, listDifferences, type DifferenceKind } from './store.js';

/** No caller's id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Who finds every record may look at every comparison; others at their own. */
function seesAll(deps: ImportDeps, actor: Actor): boolean {
  return deps.findable(actor).text === TRUE.text;
}

/** Comparisons, the newest first; one entry for the list. */
export async function viewComparisons(
  deps: ImportDeps,
  actor: Actor,
  after: { at: Date; id: string } | null = null,
  limit = 20,
): Promise<{ items: Comparison[]; next: { at: Date; id: string } | null }> {
  deps.authorize(actor, 'import.view');
  const rows = await listComparisons(deps.db, seesAll(deps, actor) ? null : (callerId(actor) ?? NOBODY), after, limit + 1);
  const items = rows.slice(0, limit).map(comparisonOf);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'comparison.list',
      subject: { kind: 'list', id: 'comparisons' },
      decision: 'allow',
      facts: { shown: items.length },
    }),
  );
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? { at: last.comparedAt, id: last.id } : null };
}

export interface Difference {
  kind: DifferenceKind;
  serviceNo: string;
  /** The record here, where there is one that this viewer may find. */
  record: { id: string; title: string } | null;
}

export interface ViewedComparison {
  comparison: Comparison;
  differences: Difference[];
  next: { kind: DifferenceKind; serviceNo: string } | null;
}

/** Which differences of a comparison, from where on. */
export interface DifferencePage {
  kind?: DifferenceKind | undefined;
  after?: { kind: string; serviceNo: string } | null;
  limit?: number;
}

/** A comparison and a page of what differs; names a record only to who may find it. */
export async function viewComparison(deps: ImportDeps, actor: Actor, id: string, asked: DifferencePage = {}): Promise<ViewedComparison> {
  const { comparison } = await comparisonSeenBy(deps, actor, id);
  const limit = asked.limit ?? 50;
  const page = await listDifferences(deps.db, id, { kind: asked.kind ?? null, after: asked.after ?? null, limit: limit + 1, rights: deps.findable(actor) });
  const differences = page.slice(0, limit).map((one) => ({
    kind: one.kind,
    serviceNo: one.service_no,
    record: one.record_id === null ? null : { id: one.record_id, title: one.title ?? '' },
  }));
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act: 'comparison.view', subject: { kind: 'comparison', id }, decision: 'allow', facts: { shown: differences.length } }),
  );
  const last = differences.at(-1);
  return { comparison, differences, next: page.length > limit && last ? { kind: last.kind, serviceNo: last.serviceNo } : null };
}

/** A comparison, as far as it exists for this caller; without what differs, so that asking how far it is leaves no entry. */
export async function comparisonSeenBy(deps: ImportDeps, actor: Actor, id: string): Promise<{ comparison: Comparison }> {
  deps.authorize(actor, 'import.view');
  const row = await comparisonById(deps.db, id);
  if (row === undefined || !(seesAll(deps, actor) || row.account_id === callerId(actor))) throw new CodedError('not_found');
  return { comparison: comparisonOf(row) };
}
