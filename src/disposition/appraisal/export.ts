import type { Actor } from '../../audit/index.js';
import type { DispositionDeps } from './deps.js';
import { unseal } from './seals.js';
import { itemsOf, stepsOf } from './store.js';
import { appraisalFor, itemOf, note, type AppraisalItem } from './view.js';

export interface ExportedItem extends AppraisalItem {
  reason: string;
  basis: string;
}

/** Every record of an appraisal as a table; of one that the viewer may not find no title. */
export async function exportAppraisal(deps: DispositionDeps, actor: Actor, id: string): Promise<{ number: string; items: ExportedItem[] }> {
  const { row } = await appraisalFor(deps, actor, id);
  const rows = await itemsOf(deps.db, id, deps.access.where(actor, 'record.list', 'r'));
  const reasons = new Map((await stepsOf(deps.db, id)).map((one) => [one.step, unseal(deps, `appraisal/${id}/step/${one.step}`, one.reason_sealed)]));
  await note(deps, actor, 'appraisal.export', row, { rows: rows.length });
  return {
    number: row.number,
    items: rows.map((one) => ({ ...itemOf(one), reason: one.step === null ? '' : (reasons.get(one.step) ?? ''), basis: one.basis ?? '' })),
  };
}
